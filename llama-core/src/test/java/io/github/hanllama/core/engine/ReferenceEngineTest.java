package io.github.hanllama.core.engine;

class ReferenceEngineTest extends EngineContract {
    ReferenceEngineTest() {
        super("reference");
    }
}
