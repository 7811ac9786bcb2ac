package io.github.hanllama.core.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Where everything goes, known before the first byte is written: the tensors of one safetensors file, in order, and its
 * header.
 */
record ShardPlan(String name, List<TensorInfo> tensors) {
    private static final int ALIGNMENT = 8; // of the header, padded with spaces as upstream does
    /** Wide elements first, so that each tensor is aligned; within a width the order of the checkpoint. */
    private static final Comparator<TensorInfo> WIDE_FIRST = Comparator.comparingInt(
                    (TensorInfo info) -> info.dtype().blockBytes())
            .reversed();

    /** Fills one shard after the other, in the order given, as transformers does. */
    static List<ShardPlan> plan(List<TensorInfo> tensors, long maxShardBytes) {
        List<List<TensorInfo>> shards = new ArrayList<>();
        long filled = Long.MAX_VALUE;
        for (TensorInfo tensor : tensors) {
            if (filled > maxShardBytes - tensor.bytes()) {
                shards.add(new ArrayList<>());
                filled = 0;
            }
            shards.getLast().add(tensor);
            filled += tensor.bytes();
        }
        return named(shards);
    }

    private static List<ShardPlan> named(List<List<TensorInfo>> shards) {
        List<ShardPlan> plans = new ArrayList<>();
        for (List<TensorInfo> shard : shards) {
            String name = shards.size() == 1
                    ? WeightFiles.SINGLE
                    : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", plans.size() + 1, shards.size());
            plans.add(new ShardPlan(name, shard.stream().sorted(WIDE_FIRST).toList()));
        }
        return plans;
    }

    long dataBytes() {
        return tensors.stream().mapToLong(TensorInfo::bytes).sum();
    }

    /** The length, the JSON and its padding. */
    byte[] header() {
        byte[] json = headerJson().toString().getBytes(StandardCharsets.UTF_8);
        int padded = Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT;
        ByteBuffer header =
                ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded).put(json);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.array();
    }

    private ObjectNode headerJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (TensorInfo tensor : tensors) {
            ObjectNode entry = json.putObject(tensor.name());
            entry.put("dtype", tensor.dtype().name());
            tensor.shape().forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(offset).add(offset + tensor.bytes());
            offset += tensor.bytes();
        }
        return json;
    }
}
