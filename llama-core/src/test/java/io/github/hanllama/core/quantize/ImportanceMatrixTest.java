package io.github.hanllama.core.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.checkpoint.gguf.GgufBytes;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.quant.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImportanceMatrixTest {
    private static final String QUERY = TensorNames.weight(3, Module.Q_PROJ);

    @TempDir
    private Path folder;

    @Test
    void read_firstFormat_dividesByCalls() {
        ImportanceMatrix matrix = legacy(legacyBytes("blk.3.attn_q.weight", 4, 2, 8, 0));

        assertThat(matrix.of(info(QUERY, 3))).containsExactly(0.5f, 2, 0);
    }

    @Test
    void read_firstFormat_noCalls_takesSumsAsTheyAre() {
        assertThat(legacy(legacyBytes("output.weight", 0, 2, 8)).of(info(TensorNames.LM_HEAD, 2)))
                .containsExactly(2, 8);
    }

    @Test
    void read_secondFormat_dividesByCounts() {
        assertThat(gguf(4, 2, 8, 0).of(info(QUERY, 3))).containsExactly(0.5f, 2, 0);
    }

    @Test
    void read_secondFormat_nothingCounted_allColumnsAlike() {
        assertThat(gguf(0, 2, 8, 0).of(info(QUERY, 3))).containsExactly(1, 1, 1);
    }

    @Test
    void read_secondFormat_withoutCounts_isRefused() {
        Path file =
                write(GgufBytes.empty().tensor("blk.3.attn_q.weight.in_sum2", 4).bytes());
        assertThatThrownBy(() -> ImportanceMatrix.read(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected blk.3.attn_q.weight.counts beside it");
    }

    @Test
    void of_matrixWithoutEntry_isEmpty() {
        ImportanceMatrix matrix = legacy(legacyBytes("blk.3.attn_q.weight", 1, 1, 1));
        assertThat(matrix.of(info(TensorNames.weight(4, Module.Q_PROJ), 2))).isEmpty();
    }

    @Test
    void of_otherWidth_isRefused() {
        ImportanceMatrix matrix = legacy(legacyBytes("blk.3.attn_q.weight", 1, 1, 1));
        assertThatThrownBy(() -> matrix.of(info(QUERY, 3)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(QUERY + ": expected 3 columns, found 2; is it from another model?");
    }

    @Test
    void of_embeddingOfOtherWidth_isLeftOut() {
        ImportanceMatrix matrix = legacy(legacyBytes("token_embd.weight", 1, 1, 1));
        assertThat(matrix.of(info(TensorNames.EMBED_TOKENS, 3))).isEmpty();
    }

    @Test
    void requireOf_nothingInCommon_isRefused() {
        ImportanceMatrix matrix = legacy(legacyBytes("blk.3.attn_q.weight", 1, 1, 1));
        assertThatThrownBy(() -> matrix.requireOf(List.of(info(TensorNames.weight(0, Module.Q_PROJ), 2))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("none of its 1 entries");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, -1})
    void read_whatIsNoMean_isRefused(float value) {
        Path file = write(legacyBytes("blk.3.attn_q.weight", 1, 1, value));
        assertThatThrownBy(() -> ImportanceMatrix.read(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected means of squares, found " + value);
    }

    @ParameterizedTest(name = "{0} at {1}")
    @CsvSource({
        "0, 0, entries", // no entries
        "-1, 0, entries",
        "-1, 4, bytes of a name",
        "2147483647, 4, bytes of a name",
        "0, 31, columns",
        "2147483647, 31, columns",
        "3, 31, columns", // one more than there are
        "2, 0, the end of the file"
    })
    void read_wrongCount_isRefused(int count, int at, String problem) {
        byte[] bytes = legacyBytes("blk.3.attn_q.weight", 1, 1, 1);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, count);
        Path file = write(bytes);
        assertThatThrownBy(() -> ImportanceMatrix.read(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("imatrix.dat: not a sound importance matrix")
                .hasMessageContaining(problem);
    }

    @Test
    void read_everyTruncation_isRefused() {
        byte[] bytes = legacyBytes("blk.3.attn_q.weight", 1, 1, 1);
        for (int length = 0; length < bytes.length; length++) {
            Path file = write(java.util.Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> ImportanceMatrix.read(file)).isInstanceOf(ModelFormatException.class);
        }
    }

    @Test
    void read_whatFollowsTheEntries_isIgnored() {
        byte[] bytes = legacyBytes("blk.3.attn_q.weight", 1, 1, 1);
        byte[] longer = java.util.Arrays.copyOf(bytes, bytes.length + 12);
        assertThat(legacy(longer).of(info(QUERY, 2))).containsExactly(1, 1);
    }

    @Test
    void read_missing_isNotFound() {
        assertThatThrownBy(() -> ImportanceMatrix.read(folder.resolve("none.dat")))
                .isInstanceOf(ModelNotFoundException.class);
    }

    private static TensorInfo info(String name, long columns) {
        return new TensorInfo(name, List.of(2L, columns), DType.F32);
    }

    private ImportanceMatrix legacy(byte[] bytes) {
        return ImportanceMatrix.read(write(bytes));
    }

    private ImportanceMatrix gguf(float count, float... sums) {
        byte[] bytes = GgufBytes.empty()
                .tensor("blk.3.attn_q.weight.in_sum2", sums.length)
                .tensor("blk.3.attn_q.weight.counts", 1)
                .bytes();
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int countAt = bytes.length - 32; // both fill what they are aligned to
        int sumsAt = bytes.length - 64;
        data.putFloat(countAt, count);
        for (int i = 0; i < sums.length; i++) {
            data.putFloat(sumsAt + Float.BYTES * i, sums[i]);
        }
        return ImportanceMatrix.read(write(bytes));
    }

    private static byte[] legacyBytes(String name, int calls, float... sums) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(16 + text.length + Float.BYTES * sums.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(1).putInt(text.length).put(text).putInt(calls).putInt(sums.length);
        for (float sum : sums) {
            bytes.putFloat(sum);
        }
        return bytes.array();
    }

    private Path write(byte[] bytes) {
        try {
            return Files.write(folder.resolve("imatrix.dat"), bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
