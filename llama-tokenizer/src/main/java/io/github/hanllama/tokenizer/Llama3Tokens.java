package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The 256 special tokens that follow the ranks of Llama 3's {@code tokenizer.model}; the file itself has none. Names as in
 * github.com/meta-llama/llama3, llama/tokenizer.py.
 */
final class Llama3Tokens {
    static final int COUNT = 256;

    static final String BOS = "<|begin_of_text|>";
    static final String EOS = "<|end_of_text|>";

    private static final Map<Integer, String> NAMED = Map.of(
            0, BOS,
            1, EOS,
            6, "<|start_header_id|>",
            7, "<|end_header_id|>",
            9, "<|eot_id|>");

    private Llama3Tokens() {}

    /** The tokens, numbered from {@code base}. */
    static List<AddedToken> from(int base) {
        List<AddedToken> tokens = new ArrayList<>();
        int reserved = 0;
        for (int i = 0; i < COUNT; i++) {
            String name = NAMED.containsKey(i) ? NAMED.get(i) : "<|reserved_special_token_" + reserved++ + "|>";
            tokens.add(AddedToken.special(name, base + i));
        }
        return tokens;
    }
}
