package io.github.hanllama.core.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.file.SmallFiles;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.core.source.FileNames;
import io.github.hanllama.core.source.FileRanges;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The {@code patch_history.json} of OpenChineseLLaMA: whether its script has added the base to each of the weight files. None
 * done, they are differences; all done, they are a model; in between they are neither.
 *
 * @param applied by the name of the weight file
 */
public record PatchHistory(String file, SequencedMap<String, Boolean> applied) {
    public static final String NAME = "patch_history.json";

    private static final int MAX_BYTES = 1 << 20;

    public PatchHistory {
        applied = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(applied));
    }

    /**
     * Empty when there is none.
     *
     * @throws ModelFormatException when it is malformed
     */
    public static Optional<PatchHistory> read(FileRanges files) {
        if (!files.names().contains(NAME)) {
            return Optional.empty();
        }
        String file = files.origin() + "/" + NAME;
        ObjectNode json = StrictJson.object(SmallFiles.read(files, NAME, MAX_BYTES), file);
        SequencedMap<String, Boolean> applied = new LinkedHashMap<>();
        json.forEachEntry((name, value) -> {
            if (!value.isBoolean() || !FileNames.isSafe(name)) {
                throw new ModelFormatException(file + ": expected names of weight files, each true or false, found "
                        + StrictJson.printable(name + ": " + value));
            }
            applied.put(name, value.booleanValue());
        });
        return Optional.of(new PatchHistory(file, applied));
    }

    /** Whether no file has been changed yet. */
    public boolean isPatch() {
        return !applied.containsValue(true);
    }

    /** Whether every file has been changed. */
    public boolean isModel() {
        return !applied.containsValue(false);
    }

    /**
     * Differences alone would run, and write nonsense.
     *
     * @throws io.github.hanllama.core.error.LlamaException when the files are a patch, applied to none or not to all of them
     */
    public static void requireModel(FileRanges files) {
        read(files).filter(history -> !history.isModel()).ifPresent(history -> {
            throw history.isPatch()
                    ? new UnsupportedModelException(files.origin()
                            + ": is a patch, the difference of a model to its base; name the base and apply this to it")
                    : history.halfApplied();
        });
    }

    /** @throws ModelFormatException when anything has been added to the differences already */
    public void requirePatch() {
        if (!isPatch()) {
            throw isModel()
                    ? new ModelFormatException(
                            file + ": these files have been patched in place already, so they are the"
                                    + " model and no patch any more; open them alone")
                    : halfApplied();
        }
    }

    private ModelFormatException halfApplied() {
        long done = applied.values().stream().filter(Boolean::booleanValue).count();
        return new ModelFormatException(file + ": " + done + " of " + applied.size()
                + " files have been patched in place, so they are neither a patch nor a model; fetch them again");
    }
}
