package io.github.hanllama.quant;

@EnabledWithSimd
class SimdBf16KernelTest extends Bf16KernelContract {
    @Override
    Bf16Kernel kernel() {
        return new SimdBf16Kernel();
    }
}
