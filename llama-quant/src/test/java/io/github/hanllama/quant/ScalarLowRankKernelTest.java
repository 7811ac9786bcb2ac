package io.github.hanllama.quant;

class ScalarLowRankKernelTest extends LowRankKernelContract {
    @Override
    LowRankKernel kernel() {
        return new ScalarLowRankKernel();
    }
}
