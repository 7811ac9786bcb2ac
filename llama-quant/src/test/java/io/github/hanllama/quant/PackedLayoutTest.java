package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The layout, to the bit: files of packed matrices outlive the program that wrote them. Whoever changes a number here
 * raises {@link PackedMatrix#LAYOUT}.
 */
class PackedLayoutTest {
    private final Arena arena = Arena.ofAuto();

    @ParameterizedTest
    @CsvSource({
        "Q2_K, 4274ed39",
        "Q3_K, 7a70dd38",
        "Q4_0, 7af1260c",
        "Q4_1, e92116e6",
        "Q4_K, fbd9fc0f",
        "Q5_0, cb24df31",
        "Q5_1, cf718861",
        "Q5_K, b0c39aad",
        "Q6_K, db3bf6eb",
        "Q8_0, 2d37cc44",
    })
    void pack_sameRows_giveTheBytesTheyAlwaysGave(DType type, String crc) {
        assertPinned(new RandomBlocks(type, 37, 768, 7).pack(arena), crc);
    }

    @ParameterizedTest
    @CsvSource({"F32, c1543406", "F16, 85d7289b", "BF16, 85d7289b"})
    void pack_samePlainRows_giveTheBytesTheyAlwaysGave(DType type, String crc) {
        PackedMatrix.Packer packer = PackedMatrix.packer(type, 37, 207, arena);
        packer.putStored(0, 37, plain(type, 37 * 207), 0);
        assertPinned(packer.pack(), crc);
    }

    private static void assertPinned(PackedMatrix matrix, String crc) {
        assertThat(crc(matrix))
                .as(
                        "packed %s, layout %d: its bytes are not those in files that are kept. If that is meant, raise"
                                + " PackedMatrix.LAYOUT, so that those are packed anew, and put the new number here",
                        matrix.type(), PackedMatrix.LAYOUT)
                .isEqualTo(crc);
    }

    /** The definition that the numbers above stand for. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void pack_plainRows_liesInStripsOf32(DType type) {
        int size = type.blockBytes();
        MemorySegment stored = plain(type, 37 * 207);
        PackedMatrix.Packer packer = PackedMatrix.packer(type, 37, 207, arena);
        for (int row = 0; row < 37; row++) { // one by one: lanes apart
            packer.putStored(row, 1, stored, type.bytes(row * 207));
        }
        MemorySegment packed = packer.pack().packed();
        MemorySegment expected = arena.allocate(type.bytes(2 * 32 * 207));
        for (int row = 0; row < 37; row++) {
            for (int k = 0; k < 207; k++) {
                long to = (row / 32 * 207L + k) * 32 + row % 32;
                MemorySegment.copy(stored, (row * 207L + k) * size, expected, to * size, size);
            }
        }
        assertThat(packed.mismatch(expected)).isEqualTo(-1);
    }

    private static MemorySegment plain(DType type, int count) {
        byte[] bytes = new byte[(int) type.bytes(count)];
        new Random(7).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    @ParameterizedTest
    @CsvSource({"1, 16, 32", "16, 37, 96", "5, 17, 1120"})
    void putStored_inAnyParts_givesTheSameBytes(int step, int rows, int tail) {
        for (DType type : RandomBlocks.types()) {
            int columns = type.blockSize() * 5 + (type.blockSize() == 32 ? tail : 0);
            RandomBlocks blocks = new RandomBlocks(type, rows, columns, 8);
            PackedMatrix.Packer packer = PackedMatrix.packer(type, rows, columns, arena);
            for (int row = 0; row < rows; row += step) {
                packer.putStored(row, Math.min(step, rows - row), blocks.stored(), row * type.bytes(columns));
            }
            assertThat(crc(packer.pack())).as(type.name()).isEqualTo(crc(blocks.pack(arena)));
        }
    }

    @Test
    void of_packedBytes_isTheSameMatrix() {
        for (DType type : new DType[] {DType.Q4_0, DType.Q6_K, DType.BF16}) {
            PackedMatrix.Packer packer = PackedMatrix.packer(type, 70, 256, arena);
            packer.putFloats(0, 70, Numbers.uniform(9, 70 * 256), 0);
            PackedMatrix matrix = packer.pack();
            PackedMatrix other = PackedMatrix.of(type, 70, 256, matrix.packed());
            float[] expected = new float[256];
            float[] actual = new float[256];
            for (int row = 0; row < 70; row++) {
                matrix.readRow(row, expected, 0);
                other.readRow(row, actual, 0);
                Numbers.assertSameBits(actual, expected);
            }
        }
    }

    @Test
    void of_memoryOfAnotherSize_isRefused() {
        assertThatThrownBy(() -> PackedMatrix.of(DType.Q4_0, 64, 64, arena.allocate(2300)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected 2304 bytes for a packed matrix, was 2300");
    }

    private static String crc(PackedMatrix matrix) {
        CRC32 crc = new CRC32();
        crc.update(matrix.packed().asByteBuffer());
        return String.format("%08x", crc.getValue());
    }
}
