package io.github.hanllama.quant;

class ScalarMatrixKernelTest extends MatrixKernelContract {
    @Override
    MatrixKernel kernel() {
        return new ScalarMatrixKernel();
    }
}
