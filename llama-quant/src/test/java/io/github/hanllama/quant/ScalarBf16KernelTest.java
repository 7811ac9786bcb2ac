package io.github.hanllama.quant;

class ScalarBf16KernelTest extends Bf16KernelContract {
    @Override
    Bf16Kernel kernel() {
        return new ScalarBf16Kernel();
    }
}
