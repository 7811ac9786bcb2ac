package io.github.hanllama.tokenizer;

import java.nio.charset.StandardCharsets;

/**
 * How many tokens a text takes.
 *
 * <pre>{@code
 * TokenRate rate = TokenRate.of(Tokenizers.load(Path.of("tokenizer.model")), "人工智能是计算机科学的一个分支。");
 * System.out.println(rate.tokensPerCharacter()); // LLaMA about 1.8 in Chinese, Chinese-LLaMA about 0.65
 * }</pre>
 *
 * @param characters code points of the text
 * @param bytes of the text in UTF-8
 * @param byteTokens those of the tokens that are single bytes, for want of a piece
 */
public record TokenRate(long characters, long bytes, long tokens, long byteTokens) {
    /** Encodes the text, without BOS. */
    public static TokenRate of(Tokenizer tokenizer, String text) {
        int[] ids = tokenizer.encode(text);
        long byteTokens = 0;
        for (int id : ids) {
            byteTokens += tokenizer.piece(id).matches("<0x[0-9A-F]{2}>") ? 1 : 0;
        }
        return new TokenRate(
                text.codePointCount(0, text.length()),
                text.getBytes(StandardCharsets.UTF_8).length,
                ids.length,
                byteTokens);
    }

    /** 0 for no text. */
    public double tokensPerCharacter() {
        return characters == 0 ? 0 : (double) tokens / characters;
    }
}
