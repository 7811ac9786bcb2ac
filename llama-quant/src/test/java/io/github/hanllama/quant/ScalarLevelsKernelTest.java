package io.github.hanllama.quant;

class ScalarLevelsKernelTest extends LevelsKernelContract {
    @Override
    LevelsKernel kernel() {
        return new ScalarLevelsKernel();
    }
}
