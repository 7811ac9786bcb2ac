package io.github.hanllama.quant;

/** As on processors that are fast at subnormal numbers. */
@EnabledWithSimd
class SimdMatrixKernelLowTest extends MatrixKernelContract {
    @Override
    MatrixKernel kernel() {
        return new SimdMatrixKernel(true);
    }
}
