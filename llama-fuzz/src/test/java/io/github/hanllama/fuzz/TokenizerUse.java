package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.tokenizer.EncodeOptions;
import io.github.hanllama.tokenizer.IncrementalDecoder;
import io.github.hanllama.tokenizer.Tokenizer;

/** What every tokenizer promises for every text and every ids. */
final class TokenizerUse {
    private static final String[] TEXTS = {
        "",
        " ",
        "a",
        "Hello, world!  12345\n",
        "\u767d\u65e5\u4f9d\u5c71\u5c3d\uff0c\ud83d\ude00</s>",
        "e\u0301 \uD800\u0000\u2581<0x0A>"
    };

    private TokenizerUse() {}

    /** Some texts and the first and last ids of its vocabulary. */
    static void all(Tokenizer tokenizer) {
        for (String text : TEXTS) {
            encode(tokenizer, text);
        }
        int size = tokenizer.vocabularySize();
        assertThat(size).isPositive();
        for (int id = 0; id < Math.min(size, 20); id++) {
            id(tokenizer, id);
            id(tokenizer, size - 1 - id);
        }
        tokenizer.specialTokens().byText().forEach((text, id) -> assertThat(id).isBetween(0, size - 1));
    }

    private static void id(Tokenizer tokenizer, int id) {
        String piece = tokenizer.piece(id);
        if (!piece.isEmpty()) {
            assertThat(tokenizer.id(piece)).isPresent();
        }
        assertThat(tokenizer.bytes(id)).isNotNull();
        decode(tokenizer, id);
    }

    /** Encodes with every option that the vocabulary allows, and decodes again. */
    static int[] encode(Tokenizer tokenizer, String text) {
        int[] ids = tokenizer.encode(text);
        decode(tokenizer, ids);
        decode(tokenizer, tokenizer.encode(text, tokenizer.defaultOptions()));
        decode(tokenizer, tokenizer.encode(text, EncodeOptions.PLAIN.parseSpecial(true)));
        return ids;
    }

    /** Decodes at once and step by step, which is the same. */
    static String decode(Tokenizer tokenizer, int... ids) {
        for (int id : ids) {
            assertThat(id >= 0 && id < tokenizer.vocabularySize()).isTrue();
        }
        String text = tokenizer.decode(ids);
        StringBuilder parts = new StringBuilder();
        IncrementalDecoder decoder = tokenizer.incrementalDecoder();
        for (int id : ids) {
            parts.append(decoder.accept(id));
        }
        assertThat(parts.append(decoder.finish()).toString()).isEqualTo(text);
        return text;
    }
}
