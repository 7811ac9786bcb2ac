package io.github.hanllama.quant;

@EnabledWithSimd
class SimdVectorKernelTest extends VectorKernelContract {
    @Override
    VectorKernel kernel() {
        return new SimdVectorKernel();
    }
}
