package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
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
    private static final String CONFIG = "config.json";
    private static final int MAX_CONFIG_BYTES = 1 << 20;

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
            case GGML -> GgmlModel.open(files, warnings);
            case GGUF -> GgufModel.open(files, warnings);
        };
    }

    /**
     * What a model is by its files, without opening them.
     *
     * @throws io.github.hanllama.core.error.LlamaException when it is no model, or none that can be read
     */
    public static CheckpointFormat format(FileRanges files) {
        return CheckpointFormat.of(files);
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
        if (!files.names().contains(CONFIG)) {
            throw new ModelNotFoundException(files.origin() + ": no config.json beside the weights");
        }
        byte[] json = SmallFiles.read(files, CONFIG, MAX_CONFIG_BYTES);
        if (FileFormat.of(files, CONFIG) == FileFormat.LFS_POINTER) {
            throw new ModelFormatException(files.origin() + "/" + CONFIG + ": is " + FileFormat.LFS_POINTER.words()
                    + "; fetch it with git lfs pull");
        }
        return HfConfig.read(json, files.origin() + "/" + CONFIG, warnings);
    }
}
