package io.github.hanllama.cli;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.SyntheticCheckpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Dimensions of models everybody knows, for random weights. */
enum SyntheticModel {
    STORIES_15M("15m", 288, 768, 6, 6, 6, 32000),
    TINY_LLAMA("1b", 2048, 5632, 22, 32, 4, 32000),
    LLAMA_7B("7b", 4096, 11008, 32, 32, 32, 49954);

    private final String title;
    private final LlamaConfig config;

    SyntheticModel(String title, int hidden, int inner, int layers, int heads, int keyValueHeads, int vocabulary) {
        this.title = title;
        this.config = LlamaConfig.builder()
                .hiddenSize(hidden)
                .intermediateSize(inner)
                .numHiddenLayers(layers)
                .numAttentionHeads(heads)
                .numKeyValueHeads(keyValueHeads)
                .headDim(hidden / heads)
                .vocabSize(vocabulary)
                .maxPositionEmbeddings(4096)
                .build();
    }

    static SyntheticModel named(String name) {
        return Arrays.stream(values())
                .filter(model -> model.title.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there are no dimensions called \"" + name + "\"; expected one of " + names()));
    }

    private static String names() {
        return Arrays.stream(values()).map(model -> model.title).collect(Collectors.joining(", "));
    }

    Checkpoint checkpoint(DType matrices) {
        return SyntheticCheckpoint.of(config, info -> info.shape().size() == 1 ? DType.F32 : matrices);
    }
}
