package io.github.hanllama.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * Reads each run of {@code <0xNN>} pieces as UTF-8. As in Hugging Face's tokenizers a run is read as a whole: one that is
 * broken anywhere becomes U+FFFD for each of its bytes. So nothing of a run is certain before it ends.
 */
record ByteFallbackDecoder() implements DecoderStep {
    private static final String REPLACEMENT = "\uFFFD";

    /** The byte that {@code <0xNN>} stands for. */
    static OptionalInt byteOf(String piece) {
        if (piece.length() != 6 || !piece.startsWith("<0x") || piece.charAt(5) != '>') {
            return OptionalInt.empty();
        }
        int high = Character.digit(piece.charAt(3), 16);
        int low = Character.digit(piece.charAt(4), 16);
        return high < 0 || low < 0 ? OptionalInt.empty() : OptionalInt.of(high << 4 | low);
    }

    @Override
    public TextSink before(TextSink next) {
        ByteArrayOutputStream run = new ByteArrayOutputStream();
        return new TextSink() {
            @Override
            public void accept(String chunk) {
                OptionalInt value = byteOf(chunk);
                if (value.isPresent()) {
                    run.write(value.getAsInt());
                } else {
                    endRun();
                    next.accept(chunk);
                }
            }

            @Override
            public void finish() {
                endRun();
                next.finish();
            }

            private void endRun() {
                if (run.size() > 0) {
                    next.accept(textOf(run.toByteArray()));
                    run.reset();
                }
            }
        };
    }

    private static String textOf(byte[] run) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(run))
                    .toString();
        } catch (CharacterCodingException e) {
            return REPLACEMENT.repeat(run.length);
        }
    }
}
