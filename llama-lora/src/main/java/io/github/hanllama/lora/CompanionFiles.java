package io.github.hanllama.lora;

import io.github.hanllama.core.source.ModelFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Which small files go beside a merged model: a tokenizer is several files, and those of two must not be mixed. */
final class CompanionFiles {
    private static final String GENERATION = "generation_config.json";
    private static final Set<String> OF_TOKENIZERS = Set.of(
            "tokenizer.model",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja",
            "chat_template.json");

    private CompanionFiles() {}

    /** What an adapter's folder gives; without a tokenizer of its own its settings would belong to none. */
    static List<Path> of(ModelFiles adapter, boolean bringsTokenizer) {
        return adapter.names().stream()
                .filter(name -> name.equals(GENERATION) || (bringsTokenizer && OF_TOKENIZERS.contains(name)))
                .map(adapter::path)
                .toList();
    }

    /** The base's files, as far as the adapter's do not take their place, then the adapter's. */
    static List<Path> merge(List<Path> base, List<Path> adapter) {
        boolean newTokenizer = adapter.stream().anyMatch(file -> OF_TOKENIZERS.contains(name(file)));
        List<Path> result = new ArrayList<>();
        for (Path file : base) {
            boolean replaced = adapter.stream().anyMatch(other -> name(other).equals(name(file)));
            if (!replaced && !(newTokenizer && OF_TOKENIZERS.contains(name(file)))) {
                result.add(file);
            }
        }
        result.addAll(adapter);
        return List.copyOf(result);
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
