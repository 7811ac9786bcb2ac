package io.github.hanllama.quant;

@EnabledWithSimd
class SimdAttentionKernelTest extends AttentionKernelContract {
    @Override
    AttentionKernel kernel() {
        return new SimdAttentionKernel();
    }
}
