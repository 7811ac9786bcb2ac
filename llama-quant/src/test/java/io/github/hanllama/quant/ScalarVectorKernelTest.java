package io.github.hanllama.quant;

class ScalarVectorKernelTest extends VectorKernelContract {
    @Override
    VectorKernel kernel() {
        return new ScalarVectorKernel();
    }
}
