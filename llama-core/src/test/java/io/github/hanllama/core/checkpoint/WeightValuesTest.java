package io.github.hanllama.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.error.ModelFormatException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightValuesTest {
    @TempDir
    Path folder;

    @BeforeEach
    void copyModel() {
        TestModels.copy(TestModels.F32, folder);
    }

    @Test
    void soundModel_passes() {
        assertThatCode(this::openChecked).doesNotThrowAnyException();
    }

    @Test
    void st18_notANumber() throws IOException {
        try (RandomAccessFile file = weights()) {
            file.seek(file.length() - 2);
            file.write(new byte[] {(byte) 0xc0, 0x7f}); // the upper half of a NaN
        }
        assertThatCode(() -> TestModels.open(folder).close()).doesNotThrowAnyException();
        assertThat(Refusals.inOneLine(ModelFormatException.class, this::openChecked))
                .contains("1 tensors hold what cannot be weights: ", ": 1 of ", " infinite or no numbers");
    }

    @Test
    void st18_onlyZeros() throws IOException {
        long data;
        try (SafetensorsFile opened = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
            data = opened.tensors().stream().mapToLong(TensorInfo::bytes).sum();
        }
        try (RandomAccessFile file = weights()) {
            file.seek(file.length() - data);
            file.write(new byte[(int) data]);
        }
        assertThatCode(() -> TestModels.open(folder).close()).doesNotThrowAnyException();
        assertThat(Refusals.inOneLine(ModelFormatException.class, this::openChecked))
                .contains("16 tensors hold what cannot be weights: lm_head.weight: only zeros, ", " and 6 more;");
    }

    private RandomAccessFile weights() throws IOException {
        return new RandomAccessFile(folder.resolve("model.safetensors").toFile(), "rw");
    }

    private void openChecked() {
        Llama.from(folder).validateValues(true).openCheckpoint().close();
    }
}
