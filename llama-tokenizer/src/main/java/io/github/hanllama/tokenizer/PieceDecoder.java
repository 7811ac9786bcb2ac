package io.github.hanllama.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * From stored pieces to text.
 *
 * @param steps the whole way
 * @param spelling how pieces spell bytes
 */
record PieceDecoder(DecoderStep steps, Bytes spelling) {
    static final PieceDecoder BYTE_LEVEL = new PieceDecoder(new ByteLevelDecoder(), Bytes.BYTE_LEVEL);

    static final PieceDecoder JOINING = new PieceDecoder(new JoiningDecoder(), Bytes.NONE);

    /** How the pieces of a vocabulary spell bytes that are not characters by themselves. */
    enum Bytes {
        NONE,
        /** Every piece is spelled in {@link ByteLevelAlphabet}. */
        BYTE_LEVEL,
        /** {@code <0xNN>}. */
        FALLBACK
    }

    /** The bytes a piece adds in mid-sentence. */
    byte[] bytes(String piece) {
        if (spelling == Bytes.BYTE_LEVEL) {
            return ByteLevelDecoder.bytes(piece);
        }
        OptionalInt single = spelling == Bytes.FALLBACK ? ByteFallbackDecoder.byteOf(piece) : OptionalInt.empty();
        return single.isPresent()
                ? new byte[] {(byte) single.getAsInt()}
                : textAfterX(piece).getBytes(StandardCharsets.UTF_8);
    }

    private String textAfterX(String piece) {
        TextBuffer text = new TextBuffer();
        TextSink sink = steps.before(text);
        sink.accept("x");
        sink.accept(piece);
        sink.finish();
        return text.take().substring(1);
    }

    /** Collects text until it is taken. */
    static final class TextBuffer implements TextSink {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void accept(String chunk) {
            text.append(chunk);
        }

        @Override
        public void finish() {}

        String take() {
            String taken = text.toString();
            text.setLength(0);
            return taken;
        }
    }
}
