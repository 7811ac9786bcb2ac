package io.github.hanllama.quant;

class ScalarAttentionKernelTest extends AttentionKernelContract {
    @Override
    AttentionKernel kernel() {
        return new ScalarAttentionKernel();
    }
}
