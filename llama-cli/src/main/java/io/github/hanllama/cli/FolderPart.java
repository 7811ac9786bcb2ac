package io.github.hanllama.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file that says little without the others of its folder.
 *
 * @param words what it is there for
 */
record FolderPart(Path folder, String words) {
    private static final Map<Pattern, String> WORDS = new LinkedHashMap<>();

    static {
        add("config\\.json", "the configuration of a Hugging Face model");
        add("params\\.json", "the configuration of a model in Meta's format");
        add("generation_config\\.json", "how a Hugging Face model is to write");
        add(".+\\.index\\.json", "the list of which tensor is in which file");
        add("hanllama-merge\\.json", "the record of a written model, by which verify checks it");
        add("patch_history\\.json", "the list of which files of a patch have been added to the base already");
        add("hanllama-patch\\.json", "the record of which base a patch is for");
        add("checklist\\.chk", "Meta's list of MD5 sums, by which verify checks");
        add("adapter_config\\.json", "the settings of a PEFT adapter");
        add("(tokenizer_config|special_tokens_map|added_tokens)\\.json", "settings of a tokenizer");
        add("consolidated\\.(\\d\\d)\\.pth", "what process $1 needs of a model in Meta's format");
        add(".+-0*(\\d+)-of-0*(\\d+)\\.(?:safetensors|bin)", "part $1 of $2 of a model's weights");
    }

    private static void add(String name, String words) {
        WORDS.put(Pattern.compile(name), words);
    }

    /** None for what stands for itself. */
    static Optional<FolderPart> of(Path path) {
        Path file = path.toAbsolutePath().normalize();
        String name = String.valueOf(file.getFileName());
        return WORDS.entrySet().stream()
                .map(entry -> Map.entry(entry.getKey().matcher(name), entry.getValue()))
                .filter(entry -> entry.getKey().matches() && Files.isRegularFile(file))
                .findFirst()
                .map(entry -> new FolderPart(
                        Objects.requireNonNull(file.getParent()), words(entry.getKey(), entry.getValue())));
    }

    private static String words(Matcher name, String words) {
        return name.replaceAll(words);
    }
}
