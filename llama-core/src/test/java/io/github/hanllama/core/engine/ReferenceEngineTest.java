package io.github.hanllama.core.engine;

class ReferenceEngineTest extends EngineContract {
    ReferenceEngineTest() {
        super("reference");
    }

    /** Its passes take milliseconds. */
    @Override
    public int swaps() {
        return 1_000;
    }
}
