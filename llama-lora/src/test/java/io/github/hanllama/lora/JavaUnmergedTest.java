package io.github.hanllama.lora;

class JavaUnmergedTest extends UnmergedContract {
    JavaUnmergedTest() {
        super("java");
    }
}
