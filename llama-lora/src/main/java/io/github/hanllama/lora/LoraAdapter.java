package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.checkpoint.SafetensorsHeader;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import java.nio.file.Path;

/**
 * A LoRA adapter as PEFT writes it: {@code adapter_config.json} beside {@code adapter_model.safetensors}, perhaps with a
 * tokenizer and grown embeddings.
 *
 * <pre>{@code
 * Adapter alpaca = LoraAdapter.of(Path.of("chinese-alpaca-2-lora-7b"));
 * try (ModelFiles files = ...; AdapterWeights weights = alpaca.open(files);
 *         Checkpoint merged = weights.mergeInto(base)) { ... }
 * }</pre>
 *
 * <p>rsLoRA, DoRA, rank and alpha patterns and adapted biases are implemented; what is not is refused by name. Adapters
 * are chained by merging one after the other: pairs add up, and of whole tensors and tokenizers the last one stays.
 */
public final class LoraAdapter implements Adapter {
    static final String KIND = "LoRA";

    private final ModelSource source;

    private LoraAdapter(ModelSource source) {
        this.source = source;
    }

    public static LoraAdapter of(ModelSource source) {
        return new LoraAdapter(source);
    }

    /** The folder of an adapter on this machine. */
    public static LoraAdapter of(Path folder) {
        return of(ModelSources.path(folder));
    }

    @Override
    public ModelSource source() {
        return source;
    }

    @Override
    public AdapterInfo inspect(FileRanges headers) {
        LoraConfig config = LoraFiles.config(headers);
        SafetensorsHeader header = SafetensorsHeader.read(headers, LoraFiles.weights(headers));
        return LoraInfo.of(LoraLayout.of(header.tensors(), config, headers.origin()), config);
    }

    @Override
    public AdapterWeights open(ModelFiles files) {
        return LoraWeights.open(files);
    }

    @Override
    public String toString() {
        return KIND + " " + source.describe();
    }
}
