package io.github.hanllama.tokenizer;

import java.nio.charset.StandardCharsets;

/** Reads pieces as bytes in {@link ByteLevelAlphabet} and the bytes as UTF-8; half a character waits for its rest. */
record ByteLevelDecoder() implements DecoderStep {
    /** The bytes of a piece; one with characters beyond the alphabet stands for itself. */
    static byte[] bytes(String piece) {
        byte[] spelled = ByteLevelAlphabet.read(piece);
        return spelled == null ? piece.getBytes(StandardCharsets.UTF_8) : spelled;
    }

    @Override
    public TextSink before(TextSink next) {
        LossyUtf8 utf8 = new LossyUtf8();
        StringBuilder text = new StringBuilder();
        return new TextSink() {
            @Override
            public void accept(String chunk) {
                for (byte value : bytes(chunk)) {
                    utf8.accept(value, text);
                }
                handOn();
            }

            @Override
            public void finish() {
                utf8.finish(text);
                handOn();
                next.finish();
            }

            private void handOn() {
                if (!text.isEmpty()) {
                    next.accept(text.toString());
                    text.setLength(0);
                }
            }
        };
    }
}
