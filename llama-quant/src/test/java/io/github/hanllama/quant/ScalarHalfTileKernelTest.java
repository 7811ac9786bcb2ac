package io.github.hanllama.quant;

class ScalarHalfTileKernelTest extends HalfTileKernelContract {
    @Override
    HalfTileKernel kernel() {
        return new ScalarHalfTileKernel();
    }
}
