package io.github.hanllama.quant;

@EnabledWithSimd
class SimdMatrixKernelTest extends MatrixKernelContract {
    @Override
    MatrixKernel kernel() {
        return new SimdMatrixKernel(false);
    }
}
