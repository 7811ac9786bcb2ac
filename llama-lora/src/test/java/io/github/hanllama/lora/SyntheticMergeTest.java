package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * In f16 the merges are the seed systems' own to the bit, one adapter and two, from every layout of the base, whether the
 * adapter is safetensors, a zip archive or stacked pickles.
 */
class SyntheticMergeTest {
    private static final Path SYNTHETIC = TestData.path("synthetic");

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void oneAdapter_isTheReferenceToTheBit(SyntheticBase base) {
        try (Checkpoint merged = adapter("lora_a").open().mergeInto(base.open());
                SafetensorsFile reference =
                        SafetensorsFile.open(SYNTHETIC.resolve("merged_a/hf_safetensors_f16/model.safetensors"))) {
            assertThat(merged.tensors()).hasSameSizeAs(reference.tensors());
            merged.tensors().forEach(info -> assertSameBits(merged, info.name(), reference.tensor(info.name())));
        }
    }

    @ParameterizedTest
    @EnumSource
    void twoAdapters_areTheReferenceToTheBit(SyntheticBase base) {
        Map<String, Tensor> reference = MetaFiles.read(SYNTHETIC.resolve("merged_ab/meta_2shard_f16"), 2);
        try (Checkpoint merged = bothMerged(base)) {
            assertThat(merged.tensors()).hasSameSizeAs(reference.keySet());
            merged.tensors().forEach(info -> assertSameBits(merged, info.name(), reference.get(info.name())));
            assertThat(merged.config().vocabSize()).isEqualTo(641);
            assertThat(merged.tokenizer().orElseThrow().vocabularySize()).isEqualTo(641);
        }
    }

    @ParameterizedTest
    @EnumSource
    void zippedPickles_areTheSafetensors(SyntheticBase base) throws IOException {
        try (Checkpoint zipped = pickled("lora_a").open().mergeInto(base.open());
                Checkpoint merged = adapter("lora_a").open().mergeInto(base.open())) {
            merged.tensors().forEach(info -> assertSameBits(zipped, info.name(), merged.tensor(info.name())));
        }
    }

    @ParameterizedTest
    @CsvSource({"reference, merged_a_f16", "reference, merged_ab_f16", "java, merged_a_f16", "java, merged_ab_f16"})
    void logitsAndGreedyText_areTheReferences(String engine, String name) throws IOException {
        Path folder = SYNTHETIC.resolve("reference");
        JsonNode cases = new ObjectMapper()
                .readTree(folder.resolve(name + ".json").toFile())
                .get("cases");
        ByteBuffer logits = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name + ".logits_last.f64le")))
                .order(ByteOrder.LITTLE_ENDIAN);
        boolean both = name.contains("_ab_");
        try (Checkpoint merged = both
                        ? bothMerged(SyntheticBase.META_2_SHARDS)
                        : adapter("lora_a").open().mergeInto(SyntheticBase.HF_BIN.open());
                LanguageModel model = Engines.named(engine).load(merged, EngineOptions.defaults())) {
            assertThat(cases).hasSize(10);
            for (JsonNode expected : cases) {
                Predictions.compare(
                        model,
                        Predictions.ints(expected.get("ids")),
                        floats(
                                logits,
                                expected.get("logits_last_f64_offset").intValue(),
                                expected.get("logits_last_count").intValue()),
                        Predictions.ints(expected.get("greedy32")));
            }
        }
    }

    private static Checkpoint bothMerged(SyntheticBase base) {
        return adapter("lora_b").open().mergeInto(adapter("lora_a").open().mergeInto(base.open()));
    }

    private static FolderFiles adapter(String name) {
        return FolderFiles.of(SYNTHETIC.resolve(name));
    }

    /** The adapter without its safetensors. */
    private FolderFiles pickled(String name) throws IOException {
        for (String file : new String[] {"adapter_config.json", "adapter_model.bin", "tokenizer.model"}) {
            Files.copy(SYNTHETIC.resolve(name).resolve(file), folder.resolve(file));
        }
        return FolderFiles.of(folder);
    }

    private static void assertSameBits(Checkpoint merged, String name, Tensor expected) {
        Tensor tensor = merged.tensor(name);
        assertThat(tensor.info().dtype()).as(name).isEqualTo(expected.info().dtype());
        assertThat(tensor.info().shape()).as(name).isEqualTo(expected.info().shape());
        assertThat(Values.stored(tensor)).as(name).isEqualTo(Values.stored(expected));
    }

    private static float[] floats(ByteBuffer doubles, int offset, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) doubles.getDouble(offset + i * Double.BYTES);
        }
        return values;
    }
}
