package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Session;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model with attached adapters computes what the merged model computes, up to the order of its sums. */
abstract class UnmergedContract {
    private static final float TOLERANCE = 1e-4f;
    private static final int[] PROMPT = {1, 5, 100, 44, 7, 7, 29, 60, 3, 50};
    private static final Path LORA_A = TestData.path("synthetic/lora_a");
    private static final Path LORA_B = TestData.path("synthetic/lora_b");
    private static final Path SYNTHETIC = TestData.path("synthetic/base/hf_safetensors_f32");

    private final String engine;
    private final List<Checkpoint> opened = new ArrayList<>();

    UnmergedContract(String engine) {
        this.engine = engine;
    }

    private LanguageModel load(Checkpoint checkpoint) {
        opened.add(checkpoint);
        return Engines.named(engine).load(checkpoint, EngineOptions.defaults());
    }

    @AfterEach
    void closeCheckpoints() {
        opened.forEach(Checkpoint::close);
    }

    private static Checkpoint base(Path folder) {
        return Checkpoints.open(FolderFiles.of(folder));
    }

    /** In f32, so that only the order of sums differs. */
    private static Checkpoint exact(Path folder) {
        return new WidenedCheckpoint(base(folder));
    }

    private static AttachedAdapter attach(LanguageModel model, Path... folders) {
        List<AdapterWeights> chain = new ArrayList<>();
        try {
            for (Path folder : folders) {
                chain.add(FolderFiles.of(folder).open());
            }
            return model.attach(chain);
        } finally {
            chain.forEach(AdapterWeights::close);
        }
    }

    private static void assertSame(LanguageModel model, LanguageModel merged, AdapterUse... uses) {
        try (Session actual = model.newSession(64, uses);
                Session expected = merged.newSession(64)) {
            float[] logits = actual.prefill(PROMPT);
            float[] reference = expected.prefill(PROMPT);
            for (int i = 0; i < 24; i++) {
                assertThat(Values.largestDifference(logits, reference)).isLessThan(TOLERANCE);
                assertThat(largest(logits)).isEqualTo(largest(reference));
                logits = actual.decode(largest(reference));
                reference = expected.decode(largest(reference));
            }
        }
    }

    private static int largest(float[] logits) {
        return IntStream.range(0, logits.length)
                .reduce((best, i) -> logits[i] > logits[best] ? i : best)
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hf/lora_chinese",
                "hf/lora_gqa_bf16",
                "hf/lora_rslora",
                "hf/lora_dora",
                "hf/lora_patterns",
                "hf/lora_layers",
                "hf/lora_tied_head",
                "peft_kinds/fan_in_fan_out",
                "peft_kinds/lora_bias",
                "peft_kinds/bias_all",
                "peft_kinds/bias_lora_only",
                "peft_kinds/embedding",
                "peft_kinds/embedding_grown",
                "peft_kinds/all_parameters",
                "peft_kinds/strided"
            })
    void peft_equalsMerged(String name) throws IOException {
        Path folder = TestData.path(name);
        boolean ownBase = Files.isDirectory(folder.resolve("base"));
        Path adapter = ownBase ? folder.resolve("adapter") : folder;
        Path base = ownBase ? folder.resolve("base") : folder.resolveSibling(baseName(folder));
        Checkpoint checkpoint = FolderFiles.of(adapter).open().mergeInto(exact(base));
        try (LanguageModel model = load(exact(base));
                LanguageModel merged = load(checkpoint)) {
            assertSame(model, merged, AdapterUse.of(attach(model, adapter)));
        }
    }

    private static String baseName(Path folder) throws IOException {
        return new ObjectMapper()
                .readTree(folder.resolve("reference.json").toFile())
                .get("base")
                .asText();
    }

    @Test
    void synthetic_equalsMerged() {
        Checkpoint checkpoint = FolderFiles.of(LORA_A).open().mergeInto(base(SYNTHETIC));
        try (LanguageModel model = load(base(SYNTHETIC));
                LanguageModel merged = load(checkpoint)) {
            AttachedAdapter adapter = attach(model, LORA_A);
            assertThat(adapter.vocabularySize()).isEqualTo(640);
            assertThat(adapter.tokenizer().orElseThrow().vocabularySize()).isEqualTo(640);
            assertSame(model, merged, AdapterUse.of(adapter));
        }
    }

    /** {@code lora_a} then {@code lora_b}, which brings another embedding and head: both pairs, the later vocabulary. */
    @Test
    void chain_equalsMergedChain() {
        Checkpoint checkpoint = FolderFiles.of(LORA_B)
                .open()
                .mergeInto(FolderFiles.of(LORA_A).open().mergeInto(base(SYNTHETIC)));
        try (LanguageModel model = load(base(SYNTHETIC));
                LanguageModel merged = load(checkpoint)) {
            AttachedAdapter chain = attach(model, LORA_A, LORA_B);
            assertThat(chain.vocabularySize()).isEqualTo(641);
            assertSame(model, merged, AdapterUse.of(chain));
        }
    }

    /** DoRA measures and stretches what the adapters before it made of the rows. */
    @ParameterizedTest
    @CsvSource({"lora_patterns, lora_dora", "lora_dora, lora_patterns"})
    void chainWithDora_equalsMergedChain(String first, String second) {
        Path base = TestData.path("hf/lora_dora/base");
        Path one = TestData.path("hf/" + first + "/adapter");
        Path two = TestData.path("hf/" + second + "/adapter");
        Checkpoint checkpoint =
                FolderFiles.of(two).open().mergeInto(FolderFiles.of(one).open().mergeInto(exact(base)));
        try (LanguageModel model = load(exact(base));
                LanguageModel merged = load(checkpoint)) {
            assertSame(model, merged, AdapterUse.of(attach(model, one, two)));
        }
    }

    /** A pair on a tied embedding is on the embedding alone; the head stays, or grows with what replaces both. */
    @ParameterizedTest
    @ValueSource(ints = {512, 520})
    void pairOnATiedEmbedding_equalsMerged(int rows, @TempDir Path folder) {
        Path base = TestData.path("hf/llama31_tied/base");
        AdapterFolder adapter = new AdapterFolder(folder)
                .set("target_modules", "[\"embed_tokens\"]")
                .random(AdapterFolder.PREFIX + "model.embed_tokens.lora_embedding_A", 2, rows)
                .random(AdapterFolder.PREFIX + "model.embed_tokens.lora_embedding_B", 64, 2);
        if (rows > 512) {
            adapter.random(AdapterFolder.PREFIX + "model.embed_tokens.base_layer.weight", rows, 64);
        }
        Checkpoint checkpoint = adapter.open().mergeInto(exact(base));
        try (LanguageModel model = load(exact(base));
                LanguageModel merged = load(checkpoint)) {
            assertSame(model, merged, AdapterUse.of(attach(model, folder)));
        }
    }

    @Test
    void batch_rowsOfThreeVocabularies_eachAsIfAlone() {
        try (LanguageModel model = load(base(SYNTHETIC))) {
            AdapterUse a = AdapterUse.of(attach(model, LORA_A));
            AdapterUse ab = AdapterUse.of(attach(model, LORA_A, LORA_B));
            List<List<AdapterUse>> uses = List.of(List.of(), List.of(a), List.of(ab));
            List<float[]> alone = new ArrayList<>();
            uses.forEach(use -> alone.add(run(model, List.of(use)).getFirst()));
            List<float[]> together = run(model, uses);
            assertThat(together).extracting(logits -> logits.length).containsExactly(512, 640, 641);
            for (int i = 0; i < alone.size(); i++) {
                assertThat(together.get(i)).isEqualTo(alone.get(i));
            }
        }
    }

    private static List<float[]> run(LanguageModel model, List<List<AdapterUse>> uses) {
        List<BatchRow> rows = uses.stream()
                .map(use -> BatchRow.prompt(model.newCache(16), PROMPT).adapters(use))
                .toList();
        List<float[]> logits = new ArrayList<>();
        model.forward(new Batch(rows), (row, position, output, values) -> logits.add(values.clone()))
                .requireCompleted();
        return logits;
    }
}
