package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.PatchHistory;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A patch as OpenChineseLLaMA publishes its model: the difference of every weight to those of the base, in {@code .bin} files
 * beside a {@code patch_history.json}.
 *
 * <pre>{@code
 * try (Checkpoint model = Llama.from(Path.of("llama-7b-hf"))
 *         .adapt(DeltaPatch.of(Path.of("open-chinese-llama-7b-patch")))
 *         .openCheckpoint()) {
 *     CheckpointWriter.safetensors().write(model, Path.of("open-chinese-llama-7b"), WriteOptions.DEFAULT);
 * }
 * }</pre>
 *
 * <p>A weight is {@code patch + base} in the type of both, rounded once to the nearest (ties to even), as PyTorch adds two
 * tensors; of two types, in f32. The files of the patch are only read. Where files claim to be a published patch, they have
 * the published hashes or are refused. Sums have to be loaded or written: a patch is as large as the model, so it is not
 * attached beside one.
 */
public final class DeltaPatch implements Adapter {
    static final String KIND = "patch";

    private final ModelSource source;

    private DeltaPatch(ModelSource source) {
        this.source = source;
    }

    public static DeltaPatch of(ModelSource source) {
        return new DeltaPatch(source);
    }

    /** The folder of a patch on this machine. */
    public static DeltaPatch of(Path folder) {
        return of(ModelSources.path(folder));
    }

    /**
     * What of {@code tuned} is not in {@code base}: {@code tuned - base} of every weight, rounded once to the nearest value of
     * the type of both. Both stay the caller's, and open while the difference is used.
     *
     * @throws io.github.hanllama.core.error.AdapterMismatchException when names, shapes or types differ
     */
    public static PatchDifference create(Checkpoint base, Checkpoint tuned) {
        return PatchDifference.of(base, tuned);
    }

    /**
     * The base with this patch added, lazily, row by row. The result owns the base; when this method throws, the caller
     * still does.
     *
     * @throws io.github.hanllama.core.error.AdapterMismatchException when the patch is not for this base, or is in it already
     * @throws io.github.hanllama.core.error.LlamaException when the patch cannot be read, or is none any more
     */
    public Checkpoint apply(Checkpoint base) {
        ModelFiles files = source.resolve(ProgressListener.NONE, new Cancellation());
        try {
            return open(files).mergeInto(base);
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
    }

    @Override
    public ModelSource source() {
        return source;
    }

    @Override
    public Optional<String> settings() {
        return Optional.of(KIND);
    }

    @Override
    public AdapterInfo inspect(FileRanges headers) {
        return info(history(headers), List.of());
    }

    @Override
    public AdapterWeights open(ModelFiles files) {
        PatchHistory history = history(files);
        if (!(source instanceof KnownSource)) { // which has compared all hashes
            PublishedPatches.verify(files);
        }
        return PatchWeights.open(files, history);
    }

    private static PatchHistory history(FileRanges files) {
        PatchHistory history = PatchHistory.read(files)
                .orElseThrow(() -> new ModelNotFoundException(files.origin() + ": no " + PatchHistory.NAME
                        + ", so it is no patch; expected one as OpenChineseLLaMA publishes it, found "
                        + Listing.of(files.names())));
        history.requirePatch();
        return history;
    }

    static AdapterInfo info(PatchHistory history, List<TensorInfo> differences) {
        Map<String, String> facts = Map.of("files", "" + history.applied().size());
        return new AdapterInfo(
                KIND, differences, List.of(), OptionalInt.empty(), Optional.empty(), new LinkedHashMap<>(facts));
    }

    @Override
    public String toString() {
        return KIND + " " + source.describe();
    }
}
