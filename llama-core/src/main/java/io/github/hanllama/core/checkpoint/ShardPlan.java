package io.github.hanllama.core.checkpoint;

import java.util.ArrayList;
import java.util.List;

/** Which tensors go into which file. */
record ShardPlan(String name, ShardLayout layout) {
    /** Fills one file after the other, in the order given, as transformers does. */
    static List<ShardPlan> plan(WeightKind kind, List<TensorInfo> tensors, long maxShardBytes) {
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
        List<ShardPlan> plans = new ArrayList<>();
        for (List<TensorInfo> shard : shards) {
            String name = shards.size() == 1 ? kind.single() : kind.shard(plans.size() + 1, shards.size());
            plans.add(new ShardPlan(name, layout(kind, shard)));
        }
        return plans;
    }

    private static ShardLayout layout(WeightKind kind, List<TensorInfo> tensors) {
        return switch (kind) {
            case SAFETENSORS -> new SafetensorsLayout(tensors);
            case TORCH -> new TorchLayout(tensors);
        };
    }

    long dataBytes() {
        return layout.tensors().stream().mapToLong(TensorInfo::bytes).sum();
    }
}
