package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** Writes a tiktoken vocabulary as the {@code tokenizer.json} that Meta publishes beside it. */
final class Llama3Json {
    private static final String TEMPLATE = """
            {"version": "1.0", "truncation": null, "padding": null,
             "added_tokens": [%s],
             "normalizer": null,
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
               {"type": "Split", "pattern": {"Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+\
            |\\\\p{N}{1,3}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"},
                "behavior": "Isolated", "invert": false},
               {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]},
             "post_processor": {"type": "Sequence", "processors": [
               {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
               {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "pair": [],
                "special_tokens": {"<|begin_of_text|>":
                  {"id": "<|begin_of_text|>", "ids": [128000], "tokens": ["<|begin_of_text|>"]}}}]},
             "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
             "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
               "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": true,
               "vocab": {%s}, "merges": [%s]}}
            """;

    private Llama3Json() {}

    static String of(Tokenizer tiktoken) {
        Map<String, Integer> special = tiktoken.specialTokens().byText();
        int ranks = tiktoken.vocabularySize() - special.size();
        List<String> pieces = new ArrayList<>();
        List<String> merges = new ArrayList<>();
        for (int id = 0; id < ranks; id++) {
            String piece = tiktoken.piece(id);
            pieces.add(quoted(piece) + ":" + id);
            for (int cut = 1; cut < piece.length(); cut++) {
                String left = piece.substring(0, cut);
                String right = piece.substring(cut);
                if (isRank(tiktoken.id(left), ranks) && isRank(tiktoken.id(right), ranks)) {
                    merges.add(quoted(left + " " + right));
                }
            }
        }
        String added = special.entrySet().stream()
                .map(token -> "{\"id\":" + token.getValue() + ",\"content\":" + quoted(token.getKey())
                        + ",\"special\":true,\"normalized\":false}")
                .collect(Collectors.joining(","));
        return TEMPLATE.formatted(added, String.join(",", pieces), String.join(",", merges));
    }

    private static boolean isRank(OptionalInt id, int ranks) {
        return id.isPresent() && id.getAsInt() < ranks;
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
