package io.github.hanllama.quant;

@EnabledWithSimd
class SimdBlockKernelTest extends BlockKernelContract {
    @Override
    BlockKernel kernel() {
        return new SimdBlockKernel();
    }
}
