package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.file.WeightKind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which tensors go into which file. */
public record ShardPlan(String name, ShardLayout layout) {
    private static final Pattern IN_LAYER = Pattern.compile("model\\.layers\\.(\\d{1,4})\\..+");

    /** Fills one file after the other, in the order given, as transformers does. */
    public static List<ShardPlan> plan(WeightKind kind, List<TensorInfo> tensors, long maxShardBytes) {
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

    /**
     * A file for each layer, as OpenChineseLLaMA has them: the embedding with the first, what follows the layers with the
     * last; numbers are not padded.
     */
    public static List<ShardPlan> planByLayer(List<TensorInfo> tensors, int layers) {
        List<List<TensorInfo>> shards = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            shards.add(new ArrayList<>());
        }
        tensors.forEach(tensor -> shards.get(layer(tensor.name(), layers)).add(tensor));
        List<ShardPlan> plans = new ArrayList<>();
        for (List<TensorInfo> shard : shards) {
            String name = "pytorch_model-" + (plans.size() + 1) + "-of-" + layers + ".bin";
            plans.add(new ShardPlan(name, layout(WeightKind.TORCH, shard)));
        }
        return plans;
    }

    private static int layer(String tensor, int layers) {
        if (tensor.equals(TensorNames.EMBED_TOKENS)) {
            return 0;
        }
        Matcher matcher = IN_LAYER.matcher(tensor);
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : layers - 1;
    }

    private static ShardLayout layout(WeightKind kind, List<TensorInfo> tensors) {
        return switch (kind) {
            case SAFETENSORS -> new SafetensorsLayout(tensors);
            case TORCH -> new TorchLayout(tensors);
        };
    }

    public long dataBytes() {
        return layout.tensors().stream().mapToLong(TensorInfo::bytes).sum();
    }
}
