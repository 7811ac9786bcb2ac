package io.github.hanllama.core.checkpoint.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.Refusals;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hugging Face folders of PyTorch files, as they were published. */
class HfBinTest {
    private static final String INDEX = "pytorch_model.bin.index.json";
    private static final String FIRST = "pytorch_model-00001-of-00002.bin";
    private static final String SECOND = "pytorch_model-00002-of-00002.bin";

    private final List<String> warnings = new ArrayList<>();

    @TempDir
    Path folder;

    @Test
    void shards_holdWhatSafetensorsHold() {
        try (Checkpoint bin = TestModels.open(TestData.path(TestModels.BIN), warnings);
                Checkpoint safetensors = TestModels.open(TestModels.F32);
                Checkpoint bf16 = TestModels.open(TestModels.SHARDED)) {
            TestModels.assertSameValues(bin, safetensors);
            TestModels.assertSameValues(bf16, safetensors);
            assertThat(bin.weightFiles()).hasSize(2);
            assertThat(bin.tokenizer()).isPresent();
            assertThat(warnings).isEmpty();
        }
    }

    @Test
    void shardsWithoutAnIndex_areCounted() throws IOException {
        TestModels.copy(TestModels.BIN, folder);
        Files.delete(folder.resolve(INDEX));
        assertHoldsTheBase();
        Files.delete(folder.resolve(FIRST));
        refused(ModelNotFoundException.class, "expected shards 1 to 2 of 2, found 1 files");
    }

    /** As OpenChineseLLaMA names its files, of which the tenth comes before the second by name. */
    @Test
    void unpaddedNames_withAndWithoutAnIndex() throws IOException {
        Path many = folder.resolve("many");
        int count;
        try (Checkpoint base = TestModels.open(TestModels.BIN)) {
            CheckpointWriter.bin().write(base, many, WriteOptions.DEFAULT.maxShardBytes(23_000));
            count = TestModels.sorted(many).stream()
                    .filter(HfBinTest::isShard)
                    .toList()
                    .size();
        }
        assertThat(count).isGreaterThan(10);
        for (Path file :
                TestModels.sorted(many).stream().filter(HfBinTest::isShard).toList()) {
            Files.move(file, many.resolve(unpadded(file.getFileName().toString())));
        }
        TestModels.edit(many.resolve(INDEX), HfBinTest::unpadded);
        try (Checkpoint unpadded = TestModels.open(many, warnings);
                Checkpoint base = TestModels.open(TestModels.BIN)) {
            TestModels.assertSameValues(unpadded, base);
        }
        Files.delete(many.resolve(INDEX));
        try (Checkpoint unpadded = TestModels.open(many, warnings);
                Checkpoint base = TestModels.open(TestModels.BIN)) {
            TestModels.assertSameValues(unpadded, base);
            assertThat(unpadded.weightFiles().get(1).getFileName()).hasToString("pytorch_model-2-of-" + count + ".bin");
        }
        assertThat(warnings).isEmpty();
        Files.delete(many.resolve("pytorch_model-7-of-" + count + ".bin"));
        assertThat(Refusals.inOneLine(ModelNotFoundException.class, () -> TestModels.open(many)))
                .contains("expected shards 1 to " + count + " of " + count + ", found " + (count - 1));
    }

    private static boolean isShard(Path file) {
        return file.toString().endsWith(".bin");
    }

    private static String unpadded(String text) {
        return text.replaceAll("model-0*(\\d+)-of-0*(\\d+)", "model-$1-of-$2");
    }

    @Test
    void totalSize_ofZero_isLetPass_andAnyOtherIsAWarning() {
        TestModels.copy(TestModels.BIN, folder);
        setTotalSize("0");
        assertHoldsTheBase();
        assertThat(warnings).isEmpty();
        setTotalSize("77");
        assertHoldsTheBase();
        assertThat(warnings).singleElement().asString().contains(INDEX + ": metadata.total_size: expected 316096");
    }

    private void setTotalSize(String size) {
        TestModels.edit(
                folder.resolve(INDEX), json -> json.replaceFirst("\"total_size\": \\d+", "\"total_size\": " + size));
    }

    @Test
    void buffersThatOnlyTheIndexKnows_areIgnored() {
        TestModels.copy(TestModels.BIN, folder);
        TestModels.edit(
                folder.resolve(INDEX),
                json -> json.replace(
                        "\"lm_head.weight\":",
                        "\"model.layers.9.self_attn.rotary_emb.inv_freq\": \"" + SECOND + "\", \"lm_head.weight\":"));
        assertHoldsTheBase();
    }

    @Test
    void safetensorsAreChosen_whereBothAre() {
        TestModels.copy(TestModels.BIN, folder);
        try {
            Files.copy(TestData.path(TestModels.F32 + "/model.safetensors"), folder.resolve("model.safetensors"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (Checkpoint checkpoint = TestModels.open(folder)) {
            assertThat(checkpoint.weightFiles()).containsExactly(folder.resolve("model.safetensors"));
        }
    }

    @Test
    void oneFile_besideWhatTrainersLeave() throws IOException {
        Path single = folder.resolve("single");
        try (Checkpoint base = TestModels.open(TestModels.BIN)) {
            CheckpointWriter.bin().write(base, single, WriteOptions.DEFAULT);
        }
        assertThat(single.resolve("pytorch_model.bin")).exists();
        Files.writeString(single.resolve("training_args.bin"), "a pickle of everything");
        Files.writeString(single.resolve("optimizer.pt"), "another");
        Path renamed = Files.move(single.resolve("pytorch_model.bin"), single.resolve("merged.bin"));
        for (Path path : List.of(single, renamed)) {
            try (Checkpoint checkpoint = TestModels.open(path);
                    Checkpoint base = TestModels.open(TestModels.BIN)) {
                TestModels.assertSameValues(checkpoint, base);
            }
        }
    }

    @Test
    void tensorInTwoShards() throws IOException {
        TestModels.copy(TestModels.BIN, folder);
        Files.delete(folder.resolve(INDEX));
        Files.copy(folder.resolve(FIRST), folder.resolve(SECOND), StandardCopyOption.REPLACE_EXISTING);
        refused(ModelFormatException.class, "is in pytorch_model-00002-of-00002.bin and in another shard");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pt_global_os_system.bin", "pt_truncated_pickle.bin", "pt_not_zip.bin"})
    void hostileShard(String file) throws IOException {
        TestModels.copy(TestModels.BIN, folder);
        Files.copy(TestData.path("hostile/" + file), folder.resolve(SECOND), StandardCopyOption.REPLACE_EXISTING);
        assertThat(Refusals.inOneLine(LlamaException.class, () -> TestModels.open(folder)))
                .startsWith(folder.resolve(SECOND).toString());
    }

    @Test
    void otherContent() throws IOException {
        TestModels.copy(TestModels.BIN, folder);
        Files.copy(
                TestData.path(TestModels.F32 + "/model.safetensors"),
                folder.resolve(SECOND),
                StandardCopyOption.REPLACE_EXISTING);
        refused(UnsupportedModelException.class, SECOND + ": is a safetensors file, expected a PyTorch file");
        Files.writeString(folder.resolve(SECOND), "version https://git-lfs.github.com/spec/v1\n");
        refused(ModelFormatException.class, "a Git LFS pointer");
    }

    private void assertHoldsTheBase() {
        try (Checkpoint copy = TestModels.open(folder, warnings);
                Checkpoint base = TestModels.open(TestModels.F32)) {
            TestModels.assertSameValues(copy, base);
        }
    }

    private void refused(Class<? extends LlamaException> kind, String... message) {
        assertThat(Refusals.inOneLine(kind, () -> TestModels.open(folder))).contains(message);
    }
}
