package io.github.hanllama.quant;

@EnabledWithSimd
class SimdLevelTileKernelTest extends LevelTileKernelContract {
    @Override
    LevelTileKernel kernel() {
        return new SimdLevelTileKernel();
    }
}
