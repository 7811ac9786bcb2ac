package io.github.hanllama.quant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

/** A stored matrix of any bytes: every level and factor occurs; scales are zero, subnormal or normal, never huge. */
final class RandomBlocks {
    private final DType type;
    private final int rows;
    private final int columns;
    private final byte[] bytes;

    RandomBlocks(DType type, int rows, int columns, long seed) {
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        Random random = new Random(seed);
        bytes = new byte[(int) type.bytes((long) rows * columns)];
        random.nextBytes(bytes);
        for (int block = 0; block < bytes.length; block += type.blockBytes()) {
            for (int at : halves(type)) {
                putHalf(block + at, random);
            }
            if (random.nextInt(5) == 0) { // one block of extremes
                byte extreme = (byte) (random.nextBoolean() ? 0 : -1);
                Arrays.fill(bytes, block + 4, block + type.blockBytes() - 4, extreme);
            }
        }
    }

    static DType[] types() {
        return Arrays.stream(DType.values()).filter(DType::isBlocks).toArray(DType[]::new);
    }

    /** Where the f16 of a block are. */
    private static int[] halves(DType type) {
        return switch (type) {
            case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
            case Q2_K -> new int[] {80, 82};
            case Q3_K -> new int[] {108};
            case Q6_K -> new int[] {208};
            default -> new int[] {0};
        };
    }

    private void putHalf(int at, Random random) {
        float value =
                switch (random.nextInt(8)) {
                    case 0 -> 0;
                    case 1 -> 0x1p-24f; // the smallest subnormal
                    case 2 -> -0x1.8p-16f; // subnormal
                    default -> (float) random.nextGaussian() / 64;
                };
        short half = HalfFloats.floatToF16(value);
        bytes[at] = (byte) half;
        bytes[at + 1] = (byte) (half >> 8);
    }

    MemorySegment stored() {
        return MemorySegment.ofArray(bytes);
    }

    float[] dequantized() {
        float[] weights = new float[rows * columns];
        BlockCodec.of(type).dequantize(stored(), 0, weights, 0, weights.length);
        return weights;
    }

    PackedMatrix pack(Arena arena) {
        PackedMatrix.Packer packer = PackedMatrix.packer(type, rows, columns, arena);
        packer.putStored(0, rows, stored(), 0);
        return packer.pack();
    }
}
