package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be merged cannot be attached either, and the message is the same. */
class AttachFitTest {
    private static final int WIDTH = TinyModel.WIDTH;

    @TempDir
    Path folder;

    @Test
    void reversedChain() {
        assertRefused(
                base(32000),
                "the chain is in the wrong order: apply llama-plus first, then alpaca-plus",
                adapter("alpaca-plus").vocabulary(49954, WIDTH),
                adapter("llama-plus").vocabulary(49953, WIDTH));
    }

    @Test
    void missingLlamaPlusStep() {
        assertRefused(
                base(32000),
                "it continues Chinese-LLaMA-Plus",
                adapter("alpaca-plus")
                        .set("base_model_name_or_path", "\"/data/Chinese-LLaMA-Plus-7B\"")
                        .vocabulary(49954, WIDTH));
    }

    @Test
    void llamaTokenizerWithAlpacaEmbeddings() {
        assertRefused(
                base(32000).with(FixedTokenizer.of(32000)),
                "use the tokenizer that was published with these embeddings",
                adapter("alpaca").vocabulary(49954, WIDTH));
    }

    @Test
    void tokenizerWithoutEmbeddings() {
        assertRefused(
                base(512),
                "it brings a tokenizer of 640 entries but no embeddings for them",
                adapter("zh").file(TestData.path("synthetic/lora_a/tokenizer.model")));
    }

    @Test
    void baseOfAnotherSize() {
        assertRefused(
                base(16),
                "it was made for a model of another size; 4 shapes differ",
                new AdapterFolder(folder.resolve("wide")).pairs(2 * WIDTH));
    }

    @Test
    void pairsThatAreMissing() {
        assertRefused(
                base(16),
                "it lacks 2 low-rank pairs that its target_modules name",
                adapter("cut").set("target_modules", "[\"q_proj\", \"v_proj\", \"up_proj\"]"));
    }

    @Test
    void frozenCopyOfAnotherBase() {
        String frozen = "model.layers.0.self_attn.q_proj.weight";
        assertRefused(
                base(16),
                "it carries its own " + frozen + " beside a low-rank pair",
                adapter("all").random(AdapterFolder.PREFIX + frozen, WIDTH, WIDTH));
    }

    @Test
    void theSameAdapterTwice() {
        assertRefused(base(16), "it is already part of tiny + once", adapter("once"), adapter("again"));
    }

    /** What was merged before counts like what is attached before. */
    @Test
    void modelThatIsMergedAlready() {
        Checkpoint merged = adapter("alpaca").vocabulary(49954, WIDTH).open().mergeInto(base(32000));
        assertRefused(merged, "apply llama first, then alpaca", adapter("llama").vocabulary(49953, WIDTH));
        assertRefused(
                merged, "it is already part of tiny + alpaca", adapter("again").vocabulary(49954, WIDTH));
        merged.close();
    }

    @Test
    void refusedChain_leavesNothing() {
        try (LanguageModel model = load(base(16));
                LoraWeights once = adapter("once").open();
                LoraWeights again = adapter("again").open();
                AttachedAdapter first = model.attach(once)) {
            assertThatThrownBy(() -> model.attach(once, again)).isInstanceOf(AdapterMismatchException.class);
            assertThat(model.adapterBytes()).isEqualTo(first.bytes());
        }
    }

    private AdapterFolder adapter(String name) {
        return new AdapterFolder(folder.resolve(name)).pairs(WIDTH);
    }

    private static TinyModel base(int vocabSize) {
        return TinyModel.runnable(DType.F16, vocabSize);
    }

    private static LanguageModel load(Checkpoint base) {
        return Engines.named("reference").load(base, EngineOptions.defaults());
    }

    private static void assertRefused(Checkpoint base, String cause, AdapterFolder... adapters) {
        List<AdapterWeights> chain = new ArrayList<>();
        try (LanguageModel model = load(base)) {
            for (AdapterFolder adapter : adapters) {
                chain.add(adapter.open());
            }
            Throwable refusal = catchThrowable(() -> merge(base, chain));
            assertThat(refusal).isInstanceOf(AdapterMismatchException.class).hasMessageContaining(cause);
            assertThatThrownBy(() -> model.attach(chain))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessage(refusal.getMessage());
            assertThat(model.adapterBytes()).isZero();
        } finally {
            chain.forEach(AdapterWeights::close);
        }
    }

    private static void merge(Checkpoint base, List<AdapterWeights> chain) {
        Checkpoint merged = base;
        for (AdapterWeights adapter : chain) {
            merged = adapter.mergeInto(merged);
        }
    }
}
