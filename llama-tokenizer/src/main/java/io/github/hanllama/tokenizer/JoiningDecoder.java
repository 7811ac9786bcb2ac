package io.github.hanllama.tokenizer;

/** What Hugging Face does where a file names no decoder: the pieces with a space between them. */
record JoiningDecoder() implements DecoderStep {
    @Override
    public TextSink before(TextSink next) {
        return new TextSink() {
            private boolean first = true;

            @Override
            public void accept(String chunk) {
                next.accept(first ? chunk : " " + chunk);
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
