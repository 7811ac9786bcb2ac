package io.github.hanllama.core.checkpoint.file;

import java.util.List;
import java.util.Locale;

/** The two kinds of weight files a Hugging Face folder holds, and what they are called there. */
public enum WeightKind {
    SAFETENSORS("safetensors", "model", List.of(".safetensors")),
    TORCH("a PyTorch file", "pytorch_model", List.of(".bin", ".pth", ".pt"));

    private final String words;
    private final String stem;
    private final List<String> suffixes;

    WeightKind(String words, String stem, List<String> suffixes) {
        this.words = words;
        this.stem = stem;
        this.suffixes = suffixes;
    }

    /** What the name of a file says it is. */
    public static WeightKind of(String name) {
        return SAFETENSORS.names(name) ? SAFETENSORS : TORCH;
    }

    /** Whether a file so named should be of this kind. */
    public boolean names(String file) {
        return suffixes.stream().anyMatch(file::endsWith);
    }

    /** The whole model in one file. */
    public String single() {
        return stem + suffixes.getFirst();
    }

    /** Which tensor is in which shard. */
    public String index() {
        return single() + ".index.json";
    }

    /** One of several files, counted from 1, as new ones are named. */
    public String shard(int number, int count) {
        return String.format(Locale.ROOT, "%s-%05d-of-%05d%s", stem, number, count, suffixes.getFirst());
    }

    /** For messages, after "expected". */
    public String words() {
        return words;
    }
}
