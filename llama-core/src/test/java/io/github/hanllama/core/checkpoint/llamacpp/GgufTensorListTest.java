package io.github.hanllama.core.checkpoint.llamacpp;

import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.llama;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.GgufFile;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows GG8 to GG12 and GG20 of the table of bad input: the list of tensors, and the data it promises. */
class GgufTensorListTest extends GgufTestCase {
    @Test
    void gg8_shape() {
        refused(llama().tensor("x", new long[0], 0, -1, 4), ModelFormatException.class, "1 to 4 dimensions, found 0");
        refused(
                llama().tensor("x", new long[] {1, 1, 1, 1, 1}, 0, -1, 4),
                ModelFormatException.class,
                "1 to 4 dimensions, found 5");
        refused(
                llama().tensor("x", new long[] {8, -1}, 0, -1, 4),
                ModelFormatException.class,
                "expected less than 2^63");
        refused(
                llama().tensor("x", new long[] {1L << 40, 1L << 40, 0}, 0, -1, 0),
                ModelFormatException.class,
                "expected a size below 2^63");
    }

    @Test
    void gg8_emptyTensor_isRead() {
        try (GgufFile file = GgufFile.open(llama().tensor("x", 8, 0).write(folder))) {
            assertThat(file.tensor("x").info().elements()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"4, Q4_2", "5, Q4_3", "20, IQ4_NL", "31, Q4_0_4_4", "39, MXFP4"})
    void gg9_typeThatIsNotRead(int number, String name) {
        refused(
                llama().tensor("x", new long[] {32}, number, -1, 32),
                UnsupportedModelException.class,
                "x: type " + number + " (" + name);
    }

    @ParameterizedTest
    @ValueSource(ints = {99, -1, 41})
    void gg9_noType(int number) {
        refused(
                llama().tensor("x", new long[] {32}, number, -1, 32),
                ModelFormatException.class,
                "x: expected the number of a type, found " + Integer.toUnsignedString(number));
    }

    @ParameterizedTest
    @CsvSource({"2, 32, Q4_0", "8, 32, Q8_0", "12, 256, Q4_K"})
    void gg10_partOfABlock(int number, int block, String name) {
        refused(
                llama().tensor("x", new long[] {block / 2, 2}, number, -1, block),
                ModelFormatException.class,
                "x: expected rows of whole blocks of " + block + " for " + name + ", found a first dimension of "
                        + block / 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 31, 64, 1L << 40, Long.MIN_VALUE})
    void gg11_offset(long offset) {
        refused(
                llama().remove("output.weight").tensor("output.weight", new long[] {8, 5}, 0, offset, 160),
                ModelFormatException.class,
                "output.weight: expected its data at");
    }

    @Test
    void gg12_longName() {
        refused(
                llama().tensor("x".repeat(64), 8),
                ModelFormatException.class,
                "tensor 12: expected at most 63 bytes of text, found 64");
    }

    @Test
    void gg20_dataEndsEarly() {
        refused(llama().without(33), ModelFormatException.class, "output.weight: expected 160 bytes of data at");
    }
}
