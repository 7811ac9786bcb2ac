package io.github.hanllama.core.checkpoint.gguf;

import java.util.Optional;

/** The types of metadata values, in the order of the format's numbers. */
enum GgufType {
    U8(1),
    I8(1),
    U16(2),
    I16(2),
    U32(4),
    I32(4),
    F32(4),
    BOOL(1),
    TEXT(8),
    ARRAY(12),
    U64(8),
    I64(8),
    F64(8);

    private final int minBytes;

    GgufType(int minBytes) {
        this.minBytes = minBytes;
    }

    /** Bytes that a value takes at least; but for text and arrays exactly. */
    int minBytes() {
        return minBytes;
    }

    boolean isInteger() {
        return switch (this) {
            case U8, I8, U16, I16, U32, I32, U64, I64 -> true;
            default -> false;
        };
    }

    static Optional<GgufType> of(long number) {
        return number < values().length ? Optional.of(values()[(int) number]) : Optional.empty();
    }
}
