package io.github.hanllama.fuzz;

import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;

/** A tokenizer file of any of the three formats, loaded and used. */
final class TokenizerFileTarget implements FuzzTarget {
    private final Scratch scratch = Scratch.create();
    private final int maxLength;
    private final Consumer<Seeds> seeds;

    private TokenizerFileTarget(int maxLength, Consumer<Seeds> seeds) {
        this.maxLength = maxLength;
        this.seeds = seeds;
    }

    static TokenizerFileTarget sentencePiece() {
        return new TokenizerFileTarget(10_000, seeds -> seeds.tree("synthetic/tokenizers", ".model")
                .tree("hostile", ".model")
                .tree("tokenizers/fixtures", ".model"));
    }

    static TokenizerFileTarget huggingFace() {
        return new TokenizerFileTarget(
                12_000, seeds -> seeds.tree("tokenizer_json", ".json").tree("tokenizers", "minimind_tokenizer.json"));
    }

    /** All single bytes, which every such file has, and some merges. */
    static TokenizerFileTarget tiktoken() {
        return new TokenizerFileTarget(4096, seeds -> seeds.files("tokenizers/fixtures/torchtune_tiktoken_small.model")
                .text(ranks("he", "ll", "llo", "hello", " w", "\u767d"))
                .text(ranks()));
    }

    private static String ranks(String... merged) {
        StringBuilder lines = new StringBuilder();
        for (int value = 0; value < 256; value++) {
            line(lines, new byte[] {(byte) value}, value);
        }
        for (int i = 0; i < merged.length; i++) {
            line(lines, merged[i].getBytes(StandardCharsets.UTF_8), 256 + i);
        }
        return lines.toString();
    }

    private static void line(StringBuilder lines, byte[] token, int rank) {
        lines.append(Base64.getEncoder().encodeToString(token))
                .append(' ')
                .append(rank)
                .append('\n');
    }

    @Override
    public void run(byte[] input) {
        TokenizerUse.all(Tokenizers.load(scratch.write("tokenizer.model", input)));
    }

    @Override
    public List<Class<? extends Exception>> refusals() {
        return List.of(TokenizerException.class);
    }

    @Override
    public void seeds(Seeds into) {
        seeds.accept(into);
    }

    @Override
    public int maxLength() {
        return maxLength;
    }
}
