package io.github.hanllama.core.checkpoint.llamacpp;

import io.github.hanllama.core.checkpoint.gguf.GgufContents;
import io.github.hanllama.core.checkpoint.gguf.GgufHead;
import io.github.hanllama.core.checkpoint.gguf.GgufMetadata;
import io.github.hanllama.core.checkpoint.huggingface.WeightFiles;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.source.FileRanges;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/** Which files of a folder are a GGUF model: the only one, or all parts of one that was split. */
public final class GgufFiles {
    private static final String NUMBER = "split.no";
    private static final String COUNT = "split.count";
    private static final String TENSORS = "split.tensors.count";

    private GgufFiles() {}

    public static boolean isIn(FileRanges files) {
        return files.names().stream().anyMatch(name -> name.endsWith(GgufContents.SUFFIX));
    }

    /** In the order of their numbers. */
    static List<String> find(FileRanges files) {
        List<String> candidates = files.names().stream()
                .filter(name -> name.endsWith(GgufContents.SUFFIX))
                .toList();
        return WeightFiles.choose(files, candidates);
    }

    /**
     * Each part must say which it is, and together they must have as many tensors as they say.
     *
     * @param parts the settings of each
     * @param tensors of all of them
     */
    static void requireOneModel(List<GgufMetadata> parts, int tensors) {
        for (int i = 0; i < parts.size(); i++) {
            GgufMetadata metadata = parts.get(i);
            boolean whole = parts.size() == 1 && metadata.count(COUNT).orElse(0) <= 1;
            require(metadata, COUNT, metadata.count(COUNT), whole, parts.size());
            require(metadata, NUMBER, metadata.count(NUMBER), whole, i);
            require(metadata, TENSORS, metadata.count(TENSORS), whole, tensors);
        }
    }

    /** One of several files, as llama.cpp names them; counted from 0. */
    static String name(String stem, int part, int parts) {
        return parts == 1
                ? stem + GgufContents.SUFFIX
                : String.format(Locale.ROOT, "%s-%05d-of-%05d%s", stem, part + 1, parts, GgufContents.SUFFIX);
    }

    /** Says which of several files it is, in the widths that llama.cpp insists on. */
    static void writePart(int part, int parts, int tensors, GgufHead head) {
        head.u16(NUMBER, part).u16(COUNT, parts).i32(TENSORS, tensors);
    }

    private static void require(GgufMetadata metadata, String key, OptionalInt found, boolean whole, int expected) {
        if (!whole && found.orElse(-1) != expected) {
            throw new ModelFormatException(metadata.file() + ": " + key + ": expected " + expected + ", found "
                    + (found.isPresent() ? found.getAsInt() : "nothing")
                    + "; are all parts here, named as they were, and of one model?");
        }
    }
}
