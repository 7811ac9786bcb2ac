package io.github.hanllama.quant;

@EnabledWithSimd
class SimdLevelsKernelTest extends LevelsKernelContract {
    @Override
    LevelsKernel kernel() {
        return new SimdLevelsKernel();
    }
}
