package io.github.hanllama.lora;

class ReferenceUnmergedTest extends UnmergedContract {
    ReferenceUnmergedTest() {
        super("reference");
    }
}
