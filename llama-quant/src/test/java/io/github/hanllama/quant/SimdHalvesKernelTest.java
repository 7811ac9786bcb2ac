package io.github.hanllama.quant;

@EnabledWithSimd
class SimdHalvesKernelTest extends HalvesKernelContract {
    @Override
    HalvesKernel kernel() {
        return new SimdHalvesKernel();
    }
}
