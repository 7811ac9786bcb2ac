package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A LoRA adapter as PEFT writes it: {@code adapter_config.json} beside {@code adapter_model.safetensors} or
 * {@code adapter_model.bin} (of both the first counts), perhaps with a tokenizer and grown embeddings.
 *
 * <pre>{@code
 * try (Checkpoint merged = Llama.from(Path.of("llama-2-7b-hf"))
 *         .adapt(LoraAdapter.of(Path.of("chinese-alpaca-2-lora-7b")))
 *         .openCheckpoint()) {
 *     System.out.println(merged.config().vocabSize()); // 55296
 * }
 * }</pre>
 *
 * <p>rsLoRA, DoRA, rank and alpha patterns, adapted embeddings and biases are implemented; what is not is refused by
 * name. Adapters are chained by merging one after the other: pairs add up, and of whole tensors and tokenizers the last
 * one stays.
 */
public final class LoraAdapter implements Adapter {
    static final String KIND = "LoRA";

    private final ModelSource source;
    private final Optional<LoraConfig> assumed;

    private LoraAdapter(ModelSource source, Optional<LoraConfig> assumed) {
        this.source = source;
        this.assumed = assumed;
    }

    public static LoraAdapter of(ModelSource source) {
        return new LoraAdapter(source, Optional.empty());
    }

    /** The folder of an adapter on this machine. */
    public static LoraAdapter of(Path folder) {
        return of(ModelSources.path(folder));
    }

    /**
     * Rank and alpha for weights that lost their {@code adapter_config.json}; where there is one, that counts. Wrong
     * values for alpha are not noticed by anybody.
     */
    public LoraAdapter assuming(int rank, double alpha) {
        if (rank < 1 || rank > LoraConfigReader.MAX_RANK) {
            throw new IllegalArgumentException("rank must be in 1.." + LoraConfigReader.MAX_RANK + ", was " + rank);
        }
        if (!(alpha > 0) || Double.isInfinite(alpha)) {
            throw new IllegalArgumentException("alpha must be positive and finite, was " + alpha);
        }
        return new LoraAdapter(source, Optional.of(LoraConfig.plain(rank, alpha)));
    }

    /**
     * A model without this adapter. Of a model that was merged here, and whose parts are still open, it gives the base back to the
     * bit, or for an adapter that others follow, base and those; of one that was merged elsewhere, its weights minus what the
     * adapter adds, rounded once, which is the base but for the rounding of both. The result owns the model; when this method
     * throws, the caller still does.
     *
     * @throws io.github.hanllama.core.error.AdapterMismatchException when it does not fit, or others need it below them
     * @throws io.github.hanllama.core.error.UnsupportedModelException when the model was merged elsewhere and the adapter replaces
     *     whole tensors or is DoRA, so that what was there before is lost
     */
    public Checkpoint removeFrom(Checkpoint merged) {
        ModelFiles files = source.resolve(ProgressListener.NONE, new Cancellation());
        LoraWeights weights;
        try {
            weights = (LoraWeights) open(files);
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
        try {
            return AdapterRemoval.remove(merged, this, weights);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    @Override
    public ModelSource source() {
        return source;
    }

    @Override
    public Optional<String> settings() {
        return Optional.of(assumed.map(config -> KIND + " assuming " + config).orElse(KIND));
    }

    @Override
    public AdapterInfo inspect(FileRanges headers) {
        LoraConfig config = LoraFiles.config(headers, assumed);
        return LoraFiles.tensors(headers)
                .map(tensors -> LoraInfo.of(LoraLayout.of(tensors, config, headers.origin()), config))
                .orElseGet(() -> LoraInfo.ofConfigAlone(config));
    }

    @Override
    public AdapterWeights open(ModelFiles files) {
        return LoraWeights.open(files, LoraFiles.config(files, assumed));
    }

    @Override
    public String toString() {
        return KIND + " " + source.describe();
    }
}
