package io.github.hanllama.core.checkpoint.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.MetaLayout;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.quant.DType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A write that was stopped is gone on with, as far as what is there can be trusted. */
class ResumedWriterTest {
    private static final String FIXTURE = TestModels.F32;
    private static final WriteOptions OPTIONS = WriteOptions.DEFAULT.threads(1).resume(true);
    private static final int TENSORS = 21;

    @TempDir
    Path folder;

    static Stream<CheckpointWriter> writers() {
        return Stream.of(
                CheckpointWriter.safetensors(),
                CheckpointWriter.bin(),
                CheckpointWriter.meta(MetaLayout.DEFAULT.files(2)),
                CheckpointWriter.ggufParts());
    }

    @ParameterizedTest
    @MethodSource("writers")
    void whatIsWritten_isNotReadAgain(CheckpointWriter writer) throws IOException {
        stop(writer, 5);
        assertThat(folder.resolve("out")).doesNotExist();
        assertThat(Files.readAllLines(journal())).hasSize(1 + 4); // the fifth was stopped before it was taken down
        Set<String> read = goOn(writer, OPTIONS);
        assertThat(read).hasSize(TENSORS - 4);
        assertSameFiles(writer);
    }

    @Test
    void changedBytes_areWrittenAgain() throws IOException {
        CheckpointWriter writer = CheckpointWriter.safetensors();
        stop(writer, 5);
        Path weights = partial().resolve("model.safetensors");
        String name = Files.readAllLines(journal()).get(1).replaceAll(".*\"tensor\":\"([^\"]+)\".*", "$1");
        try (Checkpoint original = TestModels.open(FIXTURE)) {
            byte[] bytes = Files.readAllBytes(weights);
            byte[] data = original.tensor(name).raw().orElseThrow().toArray(ValueLayout.JAVA_BYTE);
            bytes[indexOf(bytes, data) + data.length / 2] ^= 1;
            Files.write(weights, bytes);
        }
        Set<String> read = goOn(writer, OPTIONS);
        assertThat(read).hasSize(TENSORS - 3);
        assertSameFiles(writer);
    }

    @Test
    void tornJournal_isReadAsFarAsItGoes() throws IOException {
        CheckpointWriter writer = CheckpointWriter.safetensors();
        stop(writer, 5);
        byte[] journal = Files.readAllBytes(journal());
        Files.write(journal(), Arrays.copyOf(journal, journal.length - 10));
        Set<String> read = goOn(writer, OPTIONS);
        assertThat(read).hasSize(TENSORS - 3);
        assertSameFiles(writer);
    }

    @Test
    void anotherPlan_beginsAnew() throws IOException {
        CheckpointWriter writer = CheckpointWriter.safetensors();
        stop(writer, 5);
        Set<String> read = goOn(writer, OPTIONS.dtype(DType.F16));
        assertThat(read).hasSize(TENSORS);
        try (Checkpoint written = TestModels.open(folder.resolve("out"))) {
            assertThat(written.tensor(TensorNames.NORM).info().dtype()).isEqualTo(DType.F16);
        }
        assertThat(TestModels.sorted(folder)).containsExactly(folder.resolve("out"));
    }

    @Test
    void withoutResume_nothingStays() {
        Cancellation cancellation = new Cancellation();
        WriteOptions options =
                OPTIONS.resume(false).cancellation(cancellation).listener(progress -> cancellation.cancel());
        try (Checkpoint source = TestModels.open(FIXTURE)) {
            CheckpointWriter writer = CheckpointWriter.meta();
            assertThatThrownBy(() -> writer.write(source, folder.resolve("out"), options))
                    .isInstanceOf(CancellationException.class);
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void twoAtATime_areRefused() {
        CheckpointWriter writer = CheckpointWriter.safetensors();
        WriteOptions nested = OPTIONS.listener(progress -> {
            if (progress.stage() == Progress.Stage.WRITE) {
                try (Checkpoint source = TestModels.open(FIXTURE)) {
                    writer.write(source, folder.resolve("out"), OPTIONS);
                }
            }
        });
        try (Checkpoint source = TestModels.open(FIXTURE)) {
            assertThatThrownBy(() -> writer.write(source, folder.resolve("out"), nested))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("another conversion is writing there");
        }
    }

    /** Stops while the tensor with this number is written, counted from 1. */
    private void stop(CheckpointWriter writer, int tensor) {
        Cancellation cancellation = new Cancellation();
        List<String> begun = new ArrayList<>();
        WriteOptions options = OPTIONS.cancellation(cancellation).listener(progress -> {
            if (!begun.contains(progress.what())) {
                begun.add(progress.what());
            }
            if (begun.size() == tensor) {
                throw new CancellationException("stopped");
            }
        });
        try (Checkpoint source = TestModels.open(FIXTURE)) {
            assertThatThrownBy(() -> writer.write(source, folder.resolve("out"), options))
                    .isInstanceOf(CancellationException.class);
        }
    }

    /** The tensors that were read. */
    private Set<String> goOn(CheckpointWriter writer, WriteOptions options) {
        Set<String> read = new TreeSet<>();
        try (Checkpoint source = TestModels.open(FIXTURE)) {
            writer.write(Watched.checkpoint(source, read), folder.resolve("out"), options);
        }
        return read;
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(new String(part, StandardCharsets.ISO_8859_1));
    }

    private Path partial() {
        return folder.resolve(".out.partial");
    }

    private Path journal() {
        return partial().resolve(WriteJournal.NAME);
    }

    /** As if it had been written at one go. */
    private void assertSameFiles(CheckpointWriter writer) {
        Path other = folder.resolve("other/out");
        try (Checkpoint source = TestModels.open(FIXTURE)) {
            writer.write(source, other, OPTIONS.resume(false));
        }
        assertThat(TestModels.sorted(folder.resolve("out")))
                .extracting(Path::getFileName)
                .containsExactlyElementsOf(
                        TestModels.sorted(other).stream().map(Path::getFileName).toList());
        for (Path file : TestModels.sorted(other)) {
            assertThat(folder.resolve("out").resolve(file.getFileName())).hasSameBinaryContentAs(file);
        }
        assertThat(partial()).doesNotExist();
    }
}
