package io.github.hanllama.quant;

@EnabledWithSimd
class SimdLowRankKernelTest extends LowRankKernelContract {
    @Override
    LowRankKernel kernel() {
        return new SimdLowRankKernel();
    }
}
