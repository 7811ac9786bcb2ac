package io.github.hanllama.quant;

class ScalarLevelTileKernelTest extends LevelTileKernelContract {
    @Override
    LevelTileKernel kernel() {
        return new ScalarLevelTileKernel();
    }
}
