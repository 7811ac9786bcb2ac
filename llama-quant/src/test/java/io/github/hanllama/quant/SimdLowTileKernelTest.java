package io.github.hanllama.quant;

@EnabledWithSimd
class SimdLowTileKernelTest extends HalfTileKernelContract {
    @Override
    HalfTileKernel kernel() {
        return new SimdLowTileKernel();
    }
}
