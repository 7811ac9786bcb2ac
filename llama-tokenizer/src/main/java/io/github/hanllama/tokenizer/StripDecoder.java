package io.github.hanllama.tokenizer;

/**
 * Takes characters off both ends: of each chunk, or of the whole text.
 *
 * @param start at most so many at the start
 * @param stop at most so many at the end
 */
record StripDecoder(char content, int start, int stop, boolean wholeText) implements DecoderStep {
    @Override
    public TextSink before(TextSink next) {
        return wholeText ? new WholeText(next) : ((PerChunk) this::strip).before(next);
    }

    private String strip(String chunk) {
        int from = 0;
        while (from < chunk.length() && from < start && chunk.charAt(from) == content) {
            from++;
        }
        int to = chunk.length();
        while (to > from && chunk.length() - to < stop && chunk.charAt(to - 1) == content) {
            to--;
        }
        return chunk.substring(from, to);
    }

    /** Holds back what may turn out to be the end. */
    private final class WholeText implements TextSink {
        private final TextSink next;
        private final StringBuilder held = new StringBuilder();
        private int strippable = start;

        private WholeText(TextSink next) {
            this.next = next;
        }

        @Override
        public void accept(String chunk) {
            int from = 0;
            while (from < chunk.length() && strippable > 0 && chunk.charAt(from) == content) {
                from++;
                strippable--;
            }
            if (from < chunk.length()) {
                strippable = 0;
                held.append(chunk, from, chunk.length());
                release(endWithoutContent());
            }
        }

        @Override
        public void finish() {
            held.setLength(0);
            strippable = start;
            next.finish();
        }

        private int endWithoutContent() {
            int end = held.length();
            while (end > 0 && held.length() - end < stop && held.charAt(end - 1) == content) {
                end--;
            }
            return end;
        }

        private void release(int end) {
            if (end > 0) {
                next.accept(held.substring(0, end));
                held.delete(0, end);
            }
        }
    }
}
