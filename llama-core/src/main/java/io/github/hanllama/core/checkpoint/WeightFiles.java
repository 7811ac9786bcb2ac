package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.FileRanges;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which files of a folder hold the weights: those an index names, else the single file, else shards numbered
 * {@code -i-of-n}, all of them.
 */
record WeightFiles(List<String> names, Optional<ShardIndex> index) {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";
    private static final String SUFFIX = ".safetensors";
    private static final Pattern SHARD = Pattern.compile("(.+)-(\\d{1,6})-of-(\\d{1,6})\\.safetensors");
    private static final Pattern OTHER_WEIGHTS = Pattern.compile(".+\\.(bin|pth|pt|ckpt|gguf|safetensors)");

    static WeightFiles find(FileRanges files) {
        if (files.names().contains(INDEX)) {
            ShardIndex index = ShardIndex.read(files, INDEX);
            index.shards().forEach(shard -> requirePresent(files, shard));
            return new WeightFiles(List.copyOf(index.shards()), Optional.of(index));
        }
        List<String> candidates = files.names().stream()
                .filter(name -> name.endsWith(SUFFIX) && !name.startsWith("adapter_"))
                .toList();
        if (candidates.contains(SINGLE)) {
            return of(List.of(SINGLE));
        }
        if (candidates.size() == 1 && !SHARD.matcher(candidates.getFirst()).matches()) {
            return of(candidates);
        }
        if (candidates.isEmpty()) {
            throw nothing(files);
        }
        return of(shards(files, candidates));
    }

    private static WeightFiles of(List<String> names) {
        return new WeightFiles(names, Optional.empty());
    }

    private static void requirePresent(FileRanges files, String shard) {
        if (!files.names().contains(shard)) {
            throw new ModelNotFoundException(
                    files.origin() + ": " + shard + ": named by " + INDEX + " but not there; fetch it too");
        }
    }

    private static List<String> shards(FileRanges files, List<String> candidates) {
        Matcher first = SHARD.matcher(candidates.getFirst());
        if (!first.matches()) {
            throw new ModelFormatException(files.origin() + ": expected one model, found " + candidates.size()
                    + " unrelated safetensors files (" + candidates.getFirst() + ", " + candidates.get(1)
                    + "); name the file");
        }
        String stem = first.group(1);
        int count = Integer.parseInt(first.group(3));
        boolean complete = candidates.size() == count;
        for (int i = 0; complete && i < count; i++) {
            Matcher shard = SHARD.matcher(candidates.get(i));
            complete = shard.matches()
                    && shard.group(1).equals(stem)
                    && Integer.parseInt(shard.group(2)) == i + 1
                    && Integer.parseInt(shard.group(3)) == count;
        }
        if (!complete) {
            throw new ModelNotFoundException(files.origin() + ": expected shards 1 to " + count + " of " + count
                    + ", found " + candidates.size() + " files from " + candidates.getFirst() + " to "
                    + candidates.getLast() + "; fetch the rest");
        }
        return candidates;
    }

    private static LlamaException nothing(FileRanges files) {
        if (files.names().stream().anyMatch(name -> name.startsWith("adapter_"))) {
            return new UnsupportedModelException(
                    files.origin() + ": is an adapter, expected a model; name its base and add the adapter to that");
        }
        return files.names().stream()
                .filter(name -> OTHER_WEIGHTS.matcher(name).matches())
                .findFirst()
                .map(name -> refusal(files, name))
                .orElseGet(() -> new ModelNotFoundException(files.origin() + ": no weights, expected " + SINGLE + " or "
                        + INDEX + ", found " + firstNames(files)));
    }

    /** Why a file that should be safetensors, and is not, cannot be used. */
    static LlamaException refusal(FileRanges files, String name) {
        FileFormat format = FileFormat.of(files, name);
        String message = files.origin() + ": " + name + ": is " + format.words() + ", expected safetensors";
        return switch (format) {
            case GGUF, TORCH_ZIP, TORCH_PICKLE ->
                new UnsupportedModelException(message + "; convert the model to safetensors");
            case LFS_POINTER -> new ModelFormatException(message + "; fetch it with git lfs pull");
            case HTML -> new ModelFormatException(message + "; the download was refused or redirected, try again");
            case SAFETENSORS, UNKNOWN -> new ModelFormatException(message);
        };
    }

    private static String firstNames(FileRanges files) {
        List<String> names = files.names().stream().limit(10).toList();
        return names.isEmpty() ? "no files" : String.join(", ", names);
    }
}
