package io.github.hanllama.tokenizer;

/**
 * The split pattern of GPT-2, which Hugging Face's {@code ByteLevel} applies by default:
 *
 * <pre>{@code
 * 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * }</pre>
 */
record Gpt2Words() implements WordScanner {
    @Override
    public int end(String text, int from, int to) {
        int contraction = Contractions.end(text, from, to);
        if (contraction > from) {
            return contraction;
        }
        boolean space = text.charAt(from) == ' ' && from + 1 < to;
        int start = space ? from + 1 : from;
        byte kind = CharKind.of(text.codePointAt(start));
        return kind == CharKind.SPACE ? endOfSpaces(text, from, to) : CharKind.endOfRun(kind, text, start, to);
    }

    /** The last space of a run belongs to the next word. */
    private static int endOfSpaces(String text, int from, int to) {
        int end = CharKind.endOfRun(CharKind.SPACE, text, from, to);
        return end == to || end == from + 1 ? end : end - 1;
    }
}
