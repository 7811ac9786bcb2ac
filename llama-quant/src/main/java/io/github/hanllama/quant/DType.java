package io.github.hanllama.quant;

/**
 * How the numbers of a tensor are stored, little-endian.
 *
 * <p>Names are those of safetensors and GGUF; a block type stores {@link #blockSize()} consecutive elements of a row in
 * {@link #blockBytes()} bytes, plain types have blocks of one.
 */
public enum DType {
    F64(1, 8, true),
    F32(1, 4, true),
    F16(1, 2, true),
    BF16(1, 2, true),
    I64(1, 8, false),
    I32(1, 4, false),
    I16(1, 2, false),
    I8(1, 1, false),
    U64(1, 8, false),
    U32(1, 4, false),
    U16(1, 2, false),
    U8(1, 1, false),
    BOOL(1, 1, false),

    // Blocks, with the names and layouts of GGUF.
    Q4_0(32, 18, false),
    Q4_1(32, 20, false),
    Q5_0(32, 22, false),
    Q5_1(32, 24, false),
    Q8_0(32, 34, false),
    Q2_K(256, 84, false),
    Q3_K(256, 110, false),
    Q4_K(256, 144, false),
    Q5_K(256, 176, false),
    Q6_K(256, 210, false);

    private final int blockSize;
    private final int blockBytes;
    private final boolean floatingPoint;

    DType(int blockSize, int blockBytes, boolean floatingPoint) {
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
        this.floatingPoint = floatingPoint;
    }

    /** Elements per block. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes per block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether the elements are numbers in blocks that share a scale: {@link BlockCodec} reads them. */
    public boolean isBlocks() {
        return blockSize > 1;
    }

    /** Whether the elements are floating-point numbers, one by one (not blocks). */
    public boolean isFloatingPoint() {
        return floatingPoint;
    }

    /** Whether the elements are real numbers, one by one or in blocks: {@link StoredFloats} reads and writes them. */
    public boolean isReal() {
        return floatingPoint || isBlocks();
    }

    /**
     * Bytes of that many elements of one row.
     *
     * @throws IllegalArgumentException when they do not fill whole blocks
     * @throws ArithmeticException when the size exceeds 63 bits
     */
    public long bytes(long elements) {
        if (elements < 0 || elements % blockSize != 0) {
            throw new IllegalArgumentException(
                    this + " stores blocks of " + blockSize + " elements, a row cannot have " + elements);
        }
        return Math.multiplyExact(elements / blockSize, (long) blockBytes);
    }
}
