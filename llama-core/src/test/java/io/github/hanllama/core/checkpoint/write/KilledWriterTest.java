package io.github.hanllama.core.checkpoint.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.MetaLayout;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.testdata.ChildJvm;
import io.github.hanllama.testdata.TestData;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that is killed in the middle of a model leaves nothing under the model's name. */
@Execution(ExecutionMode.CONCURRENT)
class KilledWriterTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"bin", "meta", "gguf"})
    @Timeout(60)
    void killed_leavesNoFinalName(String format) throws Exception {
        Path output = folder.resolve("model." + format);
        Path source = TestData.path(TestModels.F32).toAbsolutePath();
        Process process = ChildJvm.of(Victim.class, source.toString(), output.toString(), format)
                .redirectErrorStream(true)
                .start();
        try {
            byte[] said = process.getInputStream().readNBytes(Victim.READY.length());
            assertThat(new String(said)).isEqualTo(Victim.READY);
            assertThat(TestModels.sorted(folder)).hasSize(1); // it is at work, under a name of its own
        } finally {
            ChildJvm.kill(process);
        }
        assertThat(output).doesNotExist();
        try (Checkpoint original = TestModels.open(TestModels.F32)) {
            writer(format).write(original, output, WriteOptions.DEFAULT); // and the name is free
        }
        assertThat(TestModels.sorted(folder)).containsExactly(output); // all else is gone
        TestModels.open(output).close();
    }

    private static CheckpointWriter writer(String format) {
        return switch (format) {
            case "gguf" -> CheckpointWriter.gguf();
            case "meta" -> CheckpointWriter.meta(MetaLayout.DEFAULT.files(2));
            default -> CheckpointWriter.bin();
        };
    }

    /** Writes a model and hangs after its first tile. */
    static final class Victim {
        static final String READY = "writing";

        private Victim() {}

        public static void main(String[] args) {
            WriteOptions options = WriteOptions.DEFAULT.threads(1).listener(progress -> {
                System.out.print(READY);
                System.out.flush();
                try {
                    Thread.sleep(60_000);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            try (Checkpoint original = TestModels.open(Path.of(args[0]))) {
                writer(args[2]).write(original, Path.of(args[1]), options);
            }
        }
    }
}
