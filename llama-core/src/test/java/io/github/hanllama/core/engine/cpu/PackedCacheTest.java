package io.github.hanllama.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Session;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PackedCacheTest {
    private static final String MODEL = "gguf/tiny-llama-q4_0.gguf";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {MODEL, "gguf/tiny-llama-f16.gguf", "hf/gqa_bf16/base", "hf/llama31_tied/base"})
    void load_again_givesTheSameLogitsWithoutReadingMatrices(String fixture) {
        try (Checkpoint checkpoint = open(TestData.path(fixture))) {
            float[] expected = logits(checkpoint, EngineOptions.defaults());
            assertThat(logits(checkpoint, cached())).isEqualTo(expected);
            assertThat(logits(new UnreadableCheckpoint(checkpoint), cached())).isEqualTo(expected);
        }
    }

    @Test
    void load_quantized_isKeptByRecipe() throws IOException {
        for (QuantRecipe recipe : List.of(QuantRecipe.Q8_0, QuantRecipe.Q4_0)) {
            try (Checkpoint checkpoint =
                    QuantizedCheckpoint.of(open(TestData.path("models/stories260k-hf")), QuantOptions.of(recipe))) {
                float[] expected = logits(checkpoint, EngineOptions.defaults());
                assertThat(logits(checkpoint, cached())).isEqualTo(expected);
                assertThat(logits(new UnreadableCheckpoint(checkpoint), cached()))
                        .isEqualTo(expected);
            }
        }
        assertThat(files()).hasSize(2);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "empty, 0",
        "ends within its header, 30",
        "ends after its header, 8192",
        "ends one byte early, -1",
        "longer, 1000000",
    })
    void load_fileOfAnotherLength_isWrittenAnew(String what, long length) throws IOException {
        Path file = keptFile();
        byte[] sound = Files.readAllBytes(file);
        long wanted = length < 0 ? sound.length + length : length;
        Files.write(file, Arrays.copyOf(sound, (int) wanted));
        assertWrittenAnew(file, sound);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hanllama", "layout", "identity", "model.embed_tokens.weight", "Q4_0", "64"})
    void load_fileWithAnotherHeader_isWrittenAnew(String changed) throws IOException {
        Path file = keptFile();
        byte[] sound = Files.readAllBytes(file);
        byte[] other = sound.clone();
        int at = new String(sound, 0, 4096, StandardCharsets.ISO_8859_1).indexOf(changed);
        other[at + changed.length() - 1] ^= 1;
        Files.write(file, other);
        assertWrittenAnew(file, sound);
    }

    private void assertWrittenAnew(Path file, byte[] sound) throws IOException {
        try (Checkpoint checkpoint = open(TestData.path(MODEL))) {
            assertThat(logits(checkpoint, cached())).isEqualTo(logits(checkpoint, EngineOptions.defaults()));
        }
        assertThat(file).hasBinaryContent(sound);
        assertThat(files()).containsExactly(file);
    }

    @Test
    void load_fileInUse_isReplacedNotWrittenInto() throws IOException {
        Path model = Files.copy(TestData.path(MODEL), folder.resolve("model.gguf"));
        try (Checkpoint checkpoint = open(model);
                LanguageModel first = new JavaEngine().load(checkpoint, cached())) {
            float[] before = logits(first);
            Files.setLastModifiedTime(model, FileTime.from(Instant.EPOCH));
            try (LanguageModel second = new JavaEngine().load(checkpoint, cached())) {
                assertThat(logits(second)).isEqualTo(before);
            }
            assertThat(logits(first)).isEqualTo(before);
        }
        assertThat(files()).hasSize(1);
    }

    @Test
    void load_modelReplaced_isPackedAnew() throws IOException {
        Path model = Files.copy(TestData.path(MODEL), folder.resolve("model.gguf"));
        try (Checkpoint checkpoint = open(model)) {
            logits(checkpoint, cached());
        }
        Path other = Files.write(folder.resolve("other"), changed(Files.readAllBytes(model)));
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(model)); // as tools that copy do
        Files.move(other, model, StandardCopyOption.REPLACE_EXISTING);
        try (Checkpoint checkpoint = open(model)) {
            float[] expected = logits(checkpoint, EngineOptions.defaults());
            assertThat(logits(checkpoint, cached())).isEqualTo(expected);
        }
    }

    /** The last bytes are levels of a matrix. */
    private static byte[] changed(byte[] model) {
        for (int i = model.length - 16; i < model.length; i++) {
            model[i] ^= 0x55;
        }
        return model;
    }

    @Test
    void load_modelChangedMeanwhile_keepsNothing() throws IOException {
        Path model = Files.copy(TestData.path(MODEL), folder.resolve("model.gguf"));
        EngineOptions options = cached().listener(progress -> touch(model));
        try (Checkpoint checkpoint = open(model)) {
            assertThat(logits(checkpoint, options)).isEqualTo(logits(checkpoint, EngineOptions.defaults()));
        }
        assertThat(files()).isEmpty();
    }

    private static void touch(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void load_cancelledWhileItWrites_leavesNothing() throws IOException {
        Cancellation cancellation = new Cancellation();
        ProgressListener listener = progress -> {
            if (progress.stage() == Progress.Stage.WRITE) {
                cancellation.cancel();
            }
        };
        EngineOptions options = cached().listener(listener).cancellation(cancellation);
        try (Checkpoint checkpoint = open(TestData.path(MODEL))) {
            assertThatThrownBy(() -> new JavaEngine().load(checkpoint, options))
                    .isInstanceOf(CancellationException.class);
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void load_severalAtOnce_allEndRight() throws Exception {
        try (Checkpoint checkpoint = open(TestData.path(MODEL));
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            float[] expected = logits(checkpoint, EngineOptions.defaults());
            List<Future<float[]>> loads = Stream.generate(() -> threads.submit(() -> logits(checkpoint, cached())))
                    .limit(8)
                    .toList();
            for (Future<float[]> load : loads) {
                assertThat(load.get(30, TimeUnit.SECONDS)).isEqualTo(expected);
            }
        }
        assertThat(files()).hasSize(1);
    }

    @Test
    void load_leftoversOfTheKilled_areRemovedThoseAtWorkAreNot() throws IOException {
        Path file = keptFile();
        Files.delete(file);
        Path abandoned = Files.createFile(cache().resolve("." + file.getFileName() + "-1"));
        Path busy = cache().resolve("." + file.getFileName() + "-2");
        try (FileChannel writer = FileChannel.open(busy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                FileLock lock = writer.lock()) {
            keptFile();
            assertThat(lock.isValid()).isTrue();
        }
        assertThat(abandoned).doesNotExist();
        assertThat(files()).containsExactlyInAnyOrder(busy, file);
    }

    @Test
    void load_folderThatCannotBe_goesOnWithout() throws IOException {
        Files.createFile(cache());
        try (Checkpoint checkpoint = open(TestData.path(MODEL))) {
            assertThat(logits(checkpoint, cached())).isEqualTo(logits(checkpoint, EngineOptions.defaults()));
        }
    }

    @Test
    void load_readOnlyFolder_goesOnWithout() throws IOException {
        Files.createDirectory(
                cache(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-x------")));
        assumeThat(Files.isWritable(cache())).as("nothing is read-only to root").isFalse();
        try (Checkpoint checkpoint = open(TestData.path(MODEL))) {
            assertThat(logits(checkpoint, cached())).isEqualTo(logits(checkpoint, EngineOptions.defaults()));
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void load_folderOfTheFileName_goesOnWithout() throws IOException {
        Path file = keptFile();
        Files.delete(file);
        Files.createDirectories(file.resolve("inside"));
        try (Checkpoint checkpoint = open(TestData.path(MODEL))) {
            assertThat(logits(checkpoint, cached())).isEqualTo(logits(checkpoint, EngineOptions.defaults()));
        }
        assertThat(files()).containsExactly(file);
    }

    @Test
    void load_modelThatDoesNotStay_isNotKept() throws IOException {
        Path archive = folder.resolve("model.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive));
                Stream<Path> files = Files.list(TestData.path("hf/gqa_bf16/base"))) {
            for (Path file : files.toList()) {
                zip.putNextEntry(new ZipEntry(file.getFileName().toString()));
                Files.copy(file, zip);
            }
        }
        try (Checkpoint checkpoint = open(archive)) {
            assertThat(logits(checkpoint, cached())).isEqualTo(logits(checkpoint, EngineOptions.defaults()));
        }
        assertThat(cache()).doesNotExist();
    }

    private Path cache() {
        return folder.resolve("packed");
    }

    private EngineOptions cached() {
        return EngineOptions.defaults().packedCache(cache());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(cache())) {
            return files.toList();
        }
    }

    private Path keptFile() throws IOException {
        try (Checkpoint checkpoint = open(TestData.path(MODEL))) {
            new JavaEngine().load(checkpoint, cached()).close();
        }
        try (Stream<Path> files = Files.list(cache())) {
            return files.filter(file -> file.toString().endsWith(".packed"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    static Checkpoint open(Path path) {
        return Checkpoints.open(ModelSources.path(path).resolve(ProgressListener.NONE, new Cancellation()));
    }

    private static float[] logits(Checkpoint checkpoint, EngineOptions options) {
        try (LanguageModel model = new JavaEngine().load(checkpoint, options)) {
            return logits(model);
        }
    }

    private static float[] logits(LanguageModel model) {
        try (Session session = model.newSession(8)) {
            session.prefill(new int[] {1, 2, 3, 4, 5});
            return session.decode(6).clone();
        }
    }
}
