package io.github.hanllama.tokenizer;

/** One step from stored pieces to text, as a stream. Immutable; the sinks it makes belong to one text at a time. */
interface DecoderStep {
    TextSink before(TextSink next);

    /** First this, then the other. */
    default DecoderStep then(DecoderStep other) {
        return next -> before(other.before(next));
    }

    /** A step that maps each chunk by itself. */
    interface PerChunk extends DecoderStep {
        String map(String chunk);

        @Override
        default TextSink before(TextSink next) {
            return new TextSink() {
                @Override
                public void accept(String chunk) {
                    next.accept(map(chunk));
                }

                @Override
                public void finish() {
                    next.finish();
                }
            };
        }
    }
}
