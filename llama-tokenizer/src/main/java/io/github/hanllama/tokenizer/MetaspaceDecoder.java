package io.github.hanllama.tokenizer;

/**
 * Turns the space mark back into spaces.
 *
 * @param dropsFirst the marks of the first chunk were put there when encoding and vanish
 */
record MetaspaceDecoder(char mark, boolean dropsFirst) implements DecoderStep {
    @Override
    public TextSink before(TextSink next) {
        return new TextSink() {
            private boolean first = true;

            @Override
            public void accept(String chunk) {
                next.accept(first && dropsFirst ? chunk.replace(String.valueOf(mark), "") : chunk.replace(mark, ' '));
                first = false;
            }

            @Override
            public void finish() {
                first = true;
                next.finish();
            }
        };
    }
}
