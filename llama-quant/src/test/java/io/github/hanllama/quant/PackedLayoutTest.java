package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.zip.CRC32;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The layout, to the bit: files of packed matrices outlive the program that wrote them. */
class PackedLayoutTest {
    private final Arena arena = Arena.ofAuto();

    @ParameterizedTest
    @CsvSource({
        "Q2_K, 9e924718",
        "Q3_K, a88c816d",
        "Q4_0, 08824fa8",
        "Q4_1, dee6d0d9",
        "Q4_K, 0673214d",
        "Q5_0, 21c8f155",
        "Q5_1, d7e68a7e",
        "Q5_K, 372ab457",
        "Q6_K, 38c112be",
        "Q8_0, e654f370",
    })
    void pack_sameRows_giveTheBytesTheyAlwaysGave(DType type, String crc) {
        assertThat(crc(new RandomBlocks(type, 37, 768, 7).pack(arena))).isEqualTo(crc);
    }

    @ParameterizedTest
    @CsvSource({"1, 16, 32", "16, 37, 96", "5, 17, 512"})
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

    private static String crc(PackedMatrix matrix) {
        CRC32 crc = new CRC32();
        crc.update(matrix.weights().asByteBuffer());
        return String.format("%08x", crc.getValue());
    }
}
