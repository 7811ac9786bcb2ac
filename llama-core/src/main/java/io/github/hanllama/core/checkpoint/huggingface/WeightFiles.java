package io.github.hanllama.core.checkpoint.huggingface;

import io.github.hanllama.core.checkpoint.file.FileFormat;
import io.github.hanllama.core.checkpoint.file.WeightKind;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.FileRanges;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which files of a Hugging Face folder hold the weights: safetensors if there are any, else PyTorch's; of those the
 * files that an index names, else the single file, else shards numbered {@code -i-of-n}, all of them.
 */
public record WeightFiles(WeightKind kind, List<String> names, Optional<ShardIndex> index) {
    private static final Pattern SHARD = Pattern.compile("(.+)-(\\d{1,6})-of-(\\d{1,6})\\.[a-z]+");
    /** Adapters, what trainers leave beside the weights, and Meta's own files. */
    private static final Pattern NOT_A_MODEL = Pattern.compile(
            "adapter_.*|consolidated\\..*|(training_args|optimizer|scheduler|scaler|rng_state.*)\\.(bin|pt|pth)");

    /** @throws LlamaException when there are none, or not all */
    public static WeightFiles find(FileRanges files) {
        return in(files).orElseThrow(() -> nothing(files));
    }

    /** Empty when nothing is named like one. */
    public static Optional<WeightFiles> in(FileRanges files) {
        for (WeightKind kind : WeightKind.values()) {
            if (files.names().contains(kind.index())) {
                return Optional.of(indexed(files, kind));
            }
            List<String> candidates = files.names().stream()
                    .filter(kind::names)
                    .filter(name -> !NOT_A_MODEL.matcher(name).matches())
                    .toList();
            if (!candidates.isEmpty()) {
                return Optional.of(new WeightFiles(kind, choose(files, kind, candidates), Optional.empty()));
            }
        }
        return Optional.empty();
    }

    private static WeightFiles indexed(FileRanges files, WeightKind kind) {
        ShardIndex index = ShardIndex.read(files, kind.index());
        for (String shard : index.shards()) {
            if (!files.names().contains(shard)) {
                throw new ModelNotFoundException(
                        files.origin() + ": " + shard + ": named by " + kind.index() + " but not there; fetch it too");
            }
        }
        return new WeightFiles(kind, List.copyOf(index.shards()), Optional.of(index));
    }

    private static List<String> choose(FileRanges files, WeightKind kind, List<String> candidates) {
        return candidates.contains(kind.single()) ? List.of(kind.single()) : choose(files, candidates);
    }

    /** The only one, or all that are numbered. */
    public static List<String> choose(FileRanges files, List<String> candidates) {
        if (candidates.size() == 1 && shard(candidates.getFirst()).isEmpty()) {
            return candidates;
        }
        return shards(files, candidates);
    }

    private static List<String> shards(FileRanges files, List<String> candidates) {
        List<Shard> shards = new ArrayList<>();
        candidates.forEach(name -> shard(name).ifPresent(shards::add));
        if (shards.size() < candidates.size()) {
            throw new ModelFormatException(files.origin() + ": expected one model, found " + candidates.size()
                    + " unrelated weight files (" + candidates.getFirst() + ", " + candidates.get(1)
                    + "); name the file");
        }
        shards.sort(Comparator.comparingInt(Shard::number)); // -2-of- before -10-of-
        Shard first = shards.getFirst();
        boolean complete = shards.size() == first.count;
        for (int i = 0; complete && i < shards.size(); i++) {
            Shard shard = shards.get(i);
            complete = shard.number == i + 1 && shard.count == first.count && shard.stem.equals(first.stem);
        }
        if (!complete) {
            throw new ModelNotFoundException(files.origin() + ": expected shards 1 to " + first.count + " of "
                    + first.count + ", found " + shards.size() + " files from " + first.name + " to "
                    + shards.getLast().name + "; fetch the rest");
        }
        return shards.stream().map(Shard::name).toList();
    }

    private static Optional<Shard> shard(String name) {
        Matcher matcher = SHARD.matcher(name);
        return matcher.matches()
                ? Optional.of(new Shard(
                        name, matcher.group(1), Integer.parseInt(matcher.group(2)), Integer.parseInt(matcher.group(3))))
                : Optional.empty();
    }

    private static LlamaException nothing(FileRanges files) {
        if (files.names().stream().anyMatch(name -> name.startsWith("adapter_"))) {
            return new UnsupportedModelException(
                    files.origin() + ": is an adapter, expected a model; name its base and add the adapter to that");
        }
        return files.names().stream()
                .filter(name -> name.endsWith(".ckpt"))
                .findFirst()
                .map(name -> FileFormat.of(files, name).refusal(files, name, WeightKind.SAFETENSORS.words()))
                .orElseGet(() -> new ModelNotFoundException(
                        files.origin() + ": no weights, expected " + WeightKind.SAFETENSORS.single() + ", "
                                + WeightKind.TORCH.single() + ", their index, or params.json with consolidated.00.pth,"
                                + " found " + firstNames(files)));
    }

    private static String firstNames(FileRanges files) {
        List<String> names = files.names().stream().limit(10).toList();
        return names.isEmpty() ? "no files" : String.join(", ", names);
    }

    /** A file that is one of several, whether its numbers are padded with zeros or not. */
    private record Shard(String name, String stem, int number, int count) {}
}
