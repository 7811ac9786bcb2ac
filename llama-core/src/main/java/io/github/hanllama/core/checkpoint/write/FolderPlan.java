package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.quant.DType;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** What a written folder of some format will hold, known before its first byte is written. */
public interface FolderPlan {
    /** The files of weights. */
    List<ShardPlan> shards();

    /**
     * A job for each tensor of the model.
     *
     * @param journal of what was written before
     */
    List<WriteJob> jobs(List<ShardFile> files, Optional<WriteJournal> journal, MergeManifest manifest);

    /** The small files that the format asks for, by name. */
    SequencedMap<String, String> texts();

    /** Whether tokenizer and generation settings belong beside the weights. */
    default boolean hasCompanions() {
        return true;
    }

    /** Adds to the manifest what the format itself cannot say. */
    default void describe(MergeManifest manifest) {}

    /** Plans one write. */
    interface Planner {
        /**
         * Decides everything before anything is read.
         *
         * @param name of the folder
         * @throws IllegalArgumentException when the model cannot be said in the format
         */
        FolderPlan plan(String name, Checkpoint checkpoint, WriteOptions options);
    }

    /**
     * The type in which a tensor is written to a folder.
     *
     * @param format for messages
     * @throws IllegalArgumentException when it is of blocks and no type was asked for
     */
    static DType type(Checkpoint checkpoint, TensorInfo info, WriteOptions options, String format) {
        DType kept = checkpoint.writtenType(info.name());
        DType type = options.dtype().orElse(kept.isFloatingPoint() ? kept : info.dtype());
        if (!type.isFloatingPoint()) {
            throw new IllegalArgumentException(
                    info.name() + ": " + format + " cannot hold " + type + "; choose a dtype to write");
        }
        return type;
    }
}
