package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.WeightKind;
import io.github.hanllama.core.checkpoint.huggingface.HfFolder;
import io.github.hanllama.core.checkpoint.huggingface.WeightFiles;
import io.github.hanllama.core.checkpoint.identity.ContentDigest;
import io.github.hanllama.core.checkpoint.llamacpp.GgmlModel;
import io.github.hanllama.core.checkpoint.llamacpp.GgufFiles;
import io.github.hanllama.core.checkpoint.llamacpp.GgufModel;
import io.github.hanllama.core.checkpoint.meta.MetaFolder;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Opens models in any {@link CheckpointFormat}, whole or in shards.
 *
 * <pre>{@code
 * ModelFiles files = ModelSources.path(Path.of("llama-2-7b-hf")).resolve(ProgressListener.NONE, new Cancellation());
 * try (Checkpoint checkpoint = Checkpoints.open(files)) {
 *     checkpoint.tensors().forEach(System.out::println);
 * }
 * }</pre>
 */
public final class Checkpoints {
    private static final System.Logger LOGGER = System.getLogger("io.github.hanllama");

    private Checkpoints() {}

    /** As {@link #open(ModelFiles, Consumer)}, with warnings to the log. */
    public static Checkpoint open(ModelFiles files) {
        return open(files, warning -> LOGGER.log(System.Logger.Level.WARNING, warning));
    }

    /**
     * Opens a model and checks that configuration, weights and tokenizer belong together; no weight is read. The result
     * owns the files; when this method throws, the caller still owns them.
     *
     * @param warnings receives what is odd but does no harm, one line each
     * @throws io.github.hanllama.core.error.LlamaException when it is incomplete, malformed or of an unsupported kind
     */
    public static Checkpoint open(ModelFiles files, Consumer<String> warnings) {
        return switch (format(files)) {
            case HF_SAFETENSORS, HF_BIN -> HfFolder.open(files, warnings);
            case META -> MetaFolder.open(files);
            case GGML -> GgmlModel.open(files, file -> ((GgmlFile) file).contents(), warnings);
            case GGUF -> GgufModel.open(files, file -> ((GgufFile) file).metadata(), warnings);
        };
    }

    /**
     * What a model is by its files, without opening them. A folder that has several is read as Hugging Face's, which says
     * most, then as Meta's.
     *
     * @throws io.github.hanllama.core.error.LlamaException when it is no model, or none that can be read
     */
    public static CheckpointFormat format(FileRanges files) {
        Optional<WeightFiles> weights = WeightFiles.in(files);
        if (weights.isEmpty() && MetaFolder.isIn(files)) {
            return CheckpointFormat.META;
        }
        if (weights.isEmpty() && GgufFiles.isIn(files)) {
            return CheckpointFormat.GGUF;
        }
        if (weights.isPresent() && GgmlModel.isIn(files, weights.get())) {
            return CheckpointFormat.GGML;
        }
        return weights.orElseGet(() -> WeightFiles.find(files)).kind() == WeightKind.SAFETENSORS
                ? CheckpointFormat.HF_SAFETENSORS
                : CheckpointFormat.HF_BIN;
    }

    /** Whether these files hold a model that is whole in one of them: GGUF, or a format before it. */
    public static boolean isSingleFile(FileRanges files) {
        return GgufFiles.isIn(files)
                || WeightFiles.in(files)
                        .filter(weights -> GgmlModel.isIn(files, weights))
                        .isPresent();
    }

    /**
     * The hash of all tensors that {@link WriteReport#contentSha256} tells of a model that was written: the same for the
     * same names, types, shapes and bytes, whatever files they are in. Reads every byte.
     */
    public static String contentSha256(Checkpoint checkpoint) {
        return ContentDigest.of(checkpoint).hex();
    }

    /**
     * The configuration of a Hugging Face model, without opening its weights. (Meta's is in its weights, too.)
     *
     * @throws io.github.hanllama.core.error.LlamaException when it is missing, malformed or of an unsupported kind
     */
    public static LlamaConfig config(FileRanges files, Consumer<String> warnings) {
        return HfFolder.config(files, warnings);
    }
}
