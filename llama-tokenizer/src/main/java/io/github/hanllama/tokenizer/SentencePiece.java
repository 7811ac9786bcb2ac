package io.github.hanllama.tokenizer;

/**
 * One entry of a SentencePiece vocabulary.
 *
 * @param text as stored, a space is {@code ▁}
 * @param score a higher one merges first
 * @param offset where its record starts in the file
 */
record SentencePiece(String text, float score, Type type, int offset) {
    /** In the order of the format's numbers, which start at 1. */
    enum Type {
        NORMAL,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED,
        BYTE;

        /** As files have it. */
        int number() {
            return ordinal() + 1;
        }
    }

    private static final int MAX_BYTES = 64 << 10;

    /** Whether text can become this piece; the others have a name space of their own. */
    boolean isText() {
        return type == Type.NORMAL || type == Type.USER_DEFINED || type == Type.UNUSED;
    }

    /** The value of a {@code <0xNN>} piece, or -1 if it is not spelled like one. */
    int byteValue() {
        return text.matches("<0x[0-9A-F]{2}>") ? Integer.parseInt(text.substring(3, 5), 16) : -1;
    }

    static SentencePiece read(ProtoReader in, int index, int offset) {
        String text = "";
        float score = 0;
        int type = 1;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> text = in.string(MAX_BYTES, "piece " + index + ": ");
                case 2 -> score = in.float32();
                case 3 -> type = in.int32();
                default -> in.skip();
            }
        }
        if (text.isEmpty()) {
            throw refuse(index, offset, "expected some text, found an empty piece");
        }
        if (!Float.isFinite(score)) {
            throw refuse(index, offset, "expected a finite score, found " + score);
        }
        if (type < 1 || type > Type.values().length) {
            throw refuse(index, offset, "expected a type from 1 to 6, found " + type);
        }
        return new SentencePiece(text, score, Type.values()[type - 1], offset);
    }

    static TokenizerException refuse(int index, int offset, String what) {
        return ProtoReader.refuse(offset, "piece " + index + ": " + what);
    }
}
