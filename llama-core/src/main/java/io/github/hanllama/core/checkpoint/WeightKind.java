package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.FileRanges;
import java.util.List;
import java.util.Locale;

/** The two kinds of weight files a Hugging Face folder holds, and what they are called there. */
enum WeightKind {
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
    static WeightKind of(String name) {
        return SAFETENSORS.names(name) ? SAFETENSORS : TORCH;
    }

    /** Whether a file so named should be of this kind. */
    boolean names(String file) {
        return suffixes.stream().anyMatch(file::endsWith);
    }

    /** The whole model in one file. */
    String single() {
        return stem + suffixes.getFirst();
    }

    /** Which tensor is in which shard. */
    String index() {
        return single() + ".index.json";
    }

    /** One of several files, counted from 1, as new ones are named. */
    String shard(int number, int count) {
        return String.format(Locale.ROOT, "%s-%05d-of-%05d%s", stem, number, count, suffixes.getFirst());
    }

    /** Why a file that should be of this kind, and is not, cannot be used. */
    LlamaException refusal(FileRanges files, String name, FileFormat format) {
        String message = files.origin() + ": " + name + ": is " + format.words() + ", expected " + words;
        return switch (format) {
            case GGUF -> new UnsupportedModelException(message + "; convert the model to safetensors");
            case SAFETENSORS -> new UnsupportedModelException(message + "; name it .safetensors");
            case TORCH_ZIP, TORCH_PICKLE -> new UnsupportedModelException(message + "; name it .bin");
            case LFS_POINTER -> new ModelFormatException(message + "; fetch it with git lfs pull");
            case HTML -> new ModelFormatException(message + "; the download was refused or redirected, try again");
            case UNKNOWN -> new ModelFormatException(message);
        };
    }
}
