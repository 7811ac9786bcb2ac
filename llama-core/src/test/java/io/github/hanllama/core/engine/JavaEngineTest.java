package io.github.hanllama.core.engine;

class JavaEngineTest extends EngineContract {
    JavaEngineTest() {
        super("java");
    }
}
