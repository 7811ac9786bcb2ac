package io.github.hanllama.core.checkpoint.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.ExpectedTensors;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.file.SmallFiles;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.core.source.FileNames;
import io.github.hanllama.core.source.FileRanges;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.LongStream;

/** A {@code model.safetensors.index.json} or {@code pytorch_model.bin.index.json}: which shard holds which tensor. */
record ShardIndex(String file, Map<String, String> shardOf, OptionalLong totalSize) {
    private static final int MAX_BYTES = 32 << 20;
    private static final int MAX_TENSORS = 200_000;

    static ShardIndex read(FileRanges files, String name) {
        String file = files.origin() + "/" + name;
        ObjectNode json = StrictJson.object(SmallFiles.read(files, name, MAX_BYTES), file);
        JsonNode map = json.path("weight_map");
        if (!map.isObject() || map.isEmpty() || map.size() > MAX_TENSORS) {
            throw new ModelFormatException(file + ": weight_map: expected an object of 1 to " + MAX_TENSORS
                    + " tensors, found " + (map.isObject() ? map.size() : "none"));
        }
        Map<String, String> shardOf = new HashMap<>();
        map.forEachEntry((tensor, shard) -> shardOf.put(tensor, shardName(file, tensor, shard)));
        return new ShardIndex(
                file, shardOf, totalSize(file, json.path("metadata").path("total_size")));
    }

    private static String shardName(String file, String tensor, JsonNode shard) {
        String name = shard.asText();
        if (!shard.isTextual() || !FileNames.isSafe(name)) {
            throw new ModelFormatException(file + ": weight_map." + StrictJson.printable(tensor)
                    + ": expected the name of a file in the same folder, found "
                    + StrictJson.printable(shard.toString()));
        }
        return name;
    }

    private static OptionalLong totalSize(String file, JsonNode size) {
        if (size.isMissingNode() || size.isNull()) {
            return OptionalLong.empty();
        }
        boolean whole = size.isNumber() && size.canConvertToLong() && size.doubleValue() == size.longValue();
        if (!whole || size.longValue() < 0) {
            throw new ModelFormatException(file + ": metadata.total_size: expected a number of bytes, found "
                    + StrictJson.printable(size.toString()));
        }
        return OptionalLong.of(size.longValue()); // some writers make it 1.0e9
    }

    SortedSet<String> shards() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(shardOf.values()));
    }

    /** Every tensor must be in its shard, and nowhere else. */
    void check(Map<String, List<TensorInfo>> shards) {
        Map<String, String> found = new HashMap<>();
        shards.forEach((shard, tensors) -> tensors.forEach(tensor -> {
            String name = tensor.name();
            String other = found.putIfAbsent(name, shard);
            if (other != null) {
                throw new ModelFormatException(file + ": " + name + ": is in two shards, " + other + " and " + shard);
            }
            String expected = shardOf.get(name);
            if (!shard.equals(expected) && !ExpectedTensors.isIgnored(name)) {
                throw new ModelFormatException(file + ": weight_map." + name + ": expected "
                        + (expected == null ? "no shard" : expected) + ", found the tensor in " + shard);
            }
        }));
        shardOf.forEach((name, shard) -> {
            if (!found.containsKey(name) && !ExpectedTensors.isIgnored(name)) {
                throw new ModelFormatException(file + ": weight_map." + StrictJson.printable(name) + ": not in " + shard
                        + ", where it is said to be");
            }
        });
    }

    /**
     * Says so when the stated total is not that of the tensors. The size in another type is let pass: the official
     * Llama-2 7B counts four bytes for each of its two-byte elements; and so is 0, where nobody counted.
     */
    Optional<String> sizeProblem(List<TensorInfo> tensors) {
        long elements = tensors.stream().mapToLong(TensorInfo::elements).sum();
        long bytes = tensors.stream().mapToLong(TensorInfo::bytes).sum();
        LongStream inOtherTypes = LongStream.of(1, 2, 4, 8).map(size -> size * elements);
        long stated = totalSize.orElse(bytes);
        return stated == 0 || stated == bytes || inOtherTypes.anyMatch(size -> size == stated)
                ? Optional.empty()
                : Optional.of(file + ": metadata.total_size: expected " + bytes
                        + " bytes, the sum of the tensors, found " + stated + "; is the index from another model?");
    }
}
