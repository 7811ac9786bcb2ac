package io.github.hanllama.quant;

@EnabledWithSimd
class SimdHalfTileKernelTest extends HalfTileKernelContract {
    @Override
    HalfTileKernel kernel() {
        return new SimdHalfTileKernel();
    }
}
