package io.github.hanllama.quant;

class ScalarBlockKernelTest extends BlockKernelContract {
    @Override
    BlockKernel kernel() {
        return new ScalarBlockKernel();
    }
}
