package io.github.hanllama.quant;

class ScalarHalvesKernelTest extends HalvesKernelContract {
    @Override
    HalvesKernel kernel() {
        return new ScalarHalvesKernel();
    }
}
