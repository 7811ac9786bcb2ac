package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.hybrid.HybridEngines;
import org.junit.jupiter.api.Test;

/** Of two engines that give the same bits, so it must give them, too. */
class HybridEngineTest extends EngineContract {
    HybridEngineTest() {
        super("hybrid");
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        return HybridEngines.of(Engines.named("java"), Engines.named("reference"))
                .load(checkpoint, options.exactActivations(true));
    }

    @Override
    public int swaps() {
        return 100;
    }

    @Test
    void memory_isThatOfBoth() {
        Engine java = Engines.named("java");
        EngineOptions options = EngineOptions.defaults();
        try (Checkpoint checkpoint = open("hf/gqa_bf16/base")) {
            MemoryEstimate one = java.memory(checkpoint, options).getFirst();
            MemoryEstimate both =
                    HybridEngines.of(java, java).memory(checkpoint, options).getFirst();

            assertThat(both.engine()).isEqualTo("hybrid");
            assertThat(both.weightBytes()).isEqualTo(2 * one.weightBytes());
            assertThat(both.cacheBytes(64)).isEqualTo(2 * one.cacheBytes(64));
        }
    }

    @Test
    void status_isThatOfTheFirst() {
        EngineStatus status = HybridEngines.of(Engines.named("reference"), Engines.named("java"))
                .status();

        assertThat(status.usable()).isTrue();
        assertThat(status.sentence()).startsWith("hybrid: prompts by reference, generated tokens by java; ");
    }
}
