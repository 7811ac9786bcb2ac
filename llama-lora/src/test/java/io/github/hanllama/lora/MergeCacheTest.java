package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.merge.CachedMerge;
import io.github.hanllama.core.merge.MergeCache;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.testdata.TestData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Merged models that are kept, and when they are not used. */
class MergeCacheTest {
    private static final Path BASE = TestData.path("synthetic/base/hf_safetensors_f32");
    private static final Path ADAPTER = TestData.path("synthetic/lora_a");

    @TempDir
    private Path folder;

    private Path cache() {
        return folder.resolve("cache");
    }

    private static LlamaBuilder merge(Path base) {
        return Llama.from(base).adapt(LoraAdapter.of(ADAPTER));
    }

    private Checkpoint open(Path base) {
        return merge(base).mergeCache(cache()).openCheckpoint();
    }

    private List<CachedMerge> kept() {
        return MergeCache.of(cache()).list();
    }

    private Path weights() {
        return kept().getFirst().folder().resolve("model").resolve("model.safetensors");
    }

    private boolean isKept(Checkpoint checkpoint) {
        return checkpoint.weightFiles().stream().allMatch(file -> file.startsWith(cache()));
    }

    private static void assertSame(Checkpoint found, Checkpoint expected) {
        assertThat(found.config()).isEqualTo(expected.config());
        assertThat(found.tensors()).containsExactlyInAnyOrderElementsOf(expected.tensors());
        for (TensorInfo info : expected.tensors()) {
            assertThat(bytes(found, info)).as(info.name()).isEqualTo(bytes(expected, info));
        }
        assertThat(ids(found)).isEqualTo(ids(expected));
        assertThat(found.companionFiles())
                .extracting(Path::getFileName)
                .containsExactlyInAnyOrderElementsOf(expected.companionFiles().stream()
                        .map(Path::getFileName)
                        .toList());
        assertThat(found.chatTemplate()).isEqualTo(expected.chatTemplate());
    }

    private static List<Integer> ids(Checkpoint checkpoint) {
        return checkpoint.tokenizer().stream()
                .flatMap(words -> Arrays.stream(words.encode("白日依山尽")).boxed())
                .toList();
    }

    private static byte[] bytes(Checkpoint checkpoint, TensorInfo info) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        checkpoint
                .tensor(info.name())
                .readStoredRows(
                        0,
                        info.rows(),
                        (row, count, stored) -> bytes.writeBytes(stored.toArray(ValueLayout.JAVA_BYTE)));
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({
        "synthetic/base/hf_safetensors_f32, ",
        "synthetic/base/hf_safetensors_f32, Q8_0",
        "synthetic/base/meta_2shard, Q4_0",
        "synthetic/base/hf_bin_2shard, ",
        "gguf/tiny-llama-f16.gguf, ",
        "gguf/tiny-llama-q4_0.gguf, ",
        "gguf/tiny-llama-q8_0.gguf, Q4_K_M",
    })
    void secondOpening_isTheSameWithoutMerging(String base, QuantRecipe recipe) {
        LlamaBuilder builder = merge(TestData.path(base));
        if (recipe != null) {
            builder.quantize(recipe);
        }
        try (Checkpoint expected = builder.openCheckpoint()) {
            builder.mergeCache(cache());
            try (Checkpoint first = builder.openCheckpoint();
                    Checkpoint second = builder.openCheckpoint()) {
                assertThat(isKept(first)).isTrue();
                assertThat(second.weightFiles()).isEqualTo(first.weightFiles());
                assertSame(first, expected);
                assertSame(second, expected);
                assertThat(second.fileIdentity())
                        .isEqualTo(first.fileIdentity())
                        .isPresent();
            }
        }
        assertThat(kept()).singleElement().satisfies(merge -> {
            assertThat(merge.current()).isTrue();
            assertThat(merge.madeOf()).contains(" + ").contains(recipe == null ? "" : "quantize " + recipe);
            assertThat(merge.bytes()).isPositive();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"attn_bias", "llama31_tied", "rope_yarn", "gqa_bf16"})
    void otherModels_areTheSame(String name) {
        LlamaBuilder builder =
                Llama.from(TestData.path("hf").resolve(name).resolve("base")).quantize(QuantRecipe.Q8_0);
        try (Checkpoint expected = builder.openCheckpoint();
                Checkpoint found = builder.mergeCache(cache()).openCheckpoint()) {
            assertThat(isKept(found)).isTrue();
            assertSame(found, expected);
        }
    }

    @Test
    void changedInput_isAnotherModel() throws IOException {
        Path base = copyOfBase();
        open(base).close();
        Path config = base.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("1e-05", "1e-06"));
        try (Checkpoint found = open(base);
                Checkpoint expected = merge(base).openCheckpoint()) {
            assertSame(found, expected);
        }
        assertThat(kept()).extracting(CachedMerge::current).containsExactlyInAnyOrder(true, false);

        assertThat(MergeCache.of(cache()).prune(Duration.ofDays(1), true)).hasSize(1);
        assertThat(kept()).hasSize(2);
        assertThat(MergeCache.of(cache()).prune(Duration.ofDays(1), false)).hasSize(1);
        assertThat(kept()).singleElement().matches(CachedMerge::current);
    }

    private Path copyOfBase() throws IOException {
        Path copy = Files.createDirectory(folder.resolve("base"));
        try (Stream<Path> files = Files.list(BASE)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    @Test
    void otherOptions_areAnotherModel() {
        open(BASE).close();
        merge(BASE)
                .mergeCache(cache())
                .quantize(QuantRecipe.Q8_0)
                .openCheckpoint()
                .close();
        merge(BASE)
                .mergeCache(cache())
                .quantize(QuantRecipe.Q4_0)
                .openCheckpoint()
                .close();
        merge(BASE).mergeCache(cache()).validateValues(true).openCheckpoint().close();
        Llama.from(BASE)
                .adapt(LoraAdapter.of(ADAPTER).assuming(4, 8))
                .mergeCache(cache())
                .openCheckpoint()
                .close();
        merge(BASE)
                .adapt(TestData.path("synthetic/lora_b"))
                .mergeCache(cache())
                .openCheckpoint()
                .close();

        assertThat(kept()).extracting(CachedMerge::key).doesNotHaveDuplicates().hasSize(6);
    }

    @Test
    void baseAlone_isNotCopied() {
        try (Checkpoint checkpoint = Llama.from(BASE).mergeCache(cache()).openCheckpoint()) {
            assertThat(checkpoint.weightFiles()).allMatch(file -> file.startsWith(BASE.toAbsolutePath()));
        }
        assertThat(kept()).isEmpty();
    }

    @Test
    void whatDoesNotStay_isNotKept() {
        try (Checkpoint own = Llama.from(() -> Llama.from(BASE).openCheckpoint())
                .adapt(ADAPTER)
                .mergeCache(cache())
                .openCheckpoint()) {
            assertThat(isKept(own)).isFalse();
        }
        assertThat(kept()).isEmpty();
    }

    @Test
    void flippedByte_isFoundAndMendedOnce() throws IOException {
        open(BASE).close();
        byte[] bytes = Files.readAllBytes(weights());
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights(), bytes);

        assertMended();
    }

    @Test
    void truncatedFile_isMended() throws IOException {
        open(BASE).close();
        Files.write(weights(), new byte[10]);

        assertMended();
    }

    @ParameterizedTest
    @ValueSource(strings = {"entry.json", "model/config.json", "model/model.safetensors", "model/tokenizer.model"})
    void missingFile_isMended(String name) throws IOException {
        open(BASE).close();
        Files.delete(kept().getFirst().folder().resolve(name));

        assertMended();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{}", "[]", "{\"made_of\": 1}", "{\"made_of\": {}, \"files\": 3}"})
    void garbageInTheRecord_isMended(String text) throws IOException {
        open(BASE).close();
        Files.writeString(kept().getFirst().folder().resolve("entry.json"), text);

        assertMended();
    }

    @Test
    void fileThatWasAdded_isMended() throws IOException {
        open(BASE).close();
        Files.writeString(kept().getFirst().folder().resolve("model/tokenizer.json"), "{}");

        assertMended();
    }

    @Test
    void quantized_changedConfigurationBesideIt_isMended() throws IOException {
        LlamaBuilder builder = merge(BASE).quantize(QuantRecipe.Q8_0).mergeCache(cache());
        builder.openCheckpoint().close();
        Path config = kept().getFirst().folder().resolve("model/config.json");
        Files.writeString(config, Files.readString(config).replace("1.0E-5", "1.0E-6") + " ");

        try (Checkpoint found = builder.openCheckpoint();
                Checkpoint expected = merge(BASE).quantize(QuantRecipe.Q8_0).openCheckpoint()) {
            assertSame(found, expected);
        }
    }

    private void assertMended() {
        try (Checkpoint found = open(BASE);
                Checkpoint expected = merge(BASE).openCheckpoint()) {
            assertThat(isKept(found)).isTrue();
            assertSame(found, expected);
        }
        assertThat(kept()).hasSize(1);
    }

    @Test
    void touchedButIntact_isUsed() throws IOException {
        open(BASE).close();
        Object before =
                Files.readAttributes(weights(), BasicFileAttributes.class).fileKey();
        Files.setLastModifiedTime(weights(), FileTime.from(Instant.EPOCH));
        for (int i = 0; i < 2; i++) {
            open(BASE).close();
        }

        assertThat(Files.readAttributes(weights(), BasicFileAttributes.class).fileKey())
                .isEqualTo(before);
    }

    @Test
    void threadsAtOnce_makeItOnce() {
        List<CompletableFuture<Checkpoint>> openings;
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            openings = Stream.generate(() -> CompletableFuture.supplyAsync(() -> open(BASE), threads))
                    .limit(4)
                    .toList();
        }
        try (Checkpoint expected = merge(BASE).openCheckpoint()) {
            for (CompletableFuture<Checkpoint> opening : openings) {
                try (Checkpoint found = opening.join()) {
                    assertThat(isKept(found)).isTrue();
                    assertSame(found, expected);
                }
            }
        }
        assertThat(kept()).hasSize(1);
    }

    @Test
    void folderThatCannotBe_runsFromMemory() throws IOException {
        Files.writeString(cache(), "a file");

        try (Checkpoint found = open(BASE);
                Checkpoint expected = merge(BASE).openCheckpoint()) {
            assertSame(found, expected);
        }
    }

    @Test
    void leftoversOfAKilledProcess_areRemovedByTheNext() throws IOException {
        open(BASE).close();
        String key = kept().getFirst().key();
        MergeCache.of(cache()).remove(key.substring(0, 8));
        Path left = Files.createDirectories(cache().resolve("." + key + "-left"));
        Path other = Files.createDirectories(cache().resolve("." + "0".repeat(64) + "-left"));
        open(BASE).close();

        assertThat(left).doesNotExist();
        assertThat(other).exists();
        assertThat(MergeCache.of(cache()).prune(Duration.ofDays(1), false)).hasSize(1);
        assertThat(other).doesNotExist();
        assertThat(kept()).hasSize(1);
    }

    @Test
    void unused_isPruned() throws IOException {
        open(BASE).close();
        Path record = kept().getFirst().folder().resolve("entry.json");
        Files.setLastModifiedTime(record, FileTime.from(Instant.now().minus(Duration.ofDays(30))));
        assertThat(MergeCache.of(cache()).prune(Duration.ofDays(40), true)).isEmpty();
        open(BASE).close(); // is a use

        assertThat(MergeCache.of(cache()).prune(Duration.ofDays(20), true)).isEmpty();
        Files.setLastModifiedTime(record, FileTime.from(Instant.now().minus(Duration.ofDays(30))));
        assertThat(MergeCache.of(cache()).prune(Duration.ofDays(20), true)).hasSize(1);
    }

    @Test
    void remove_whatIsNotThere() {
        assertThatThrownBy(() -> MergeCache.of(cache()).remove("ab"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("expected one merged model whose key begins with ab, found 0");
    }
}
