package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.lora.LoraLayout.Whole;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What must hold in a sorted adapter file beyond its single pairs. */
final class LayoutChecks {
    private static final int MAX_VOCABULARY = 1 << 24;

    private LayoutChecks() {}

    static void check(LoraLayout layout, LoraConfig config, String origin) {
        if (layout.changed().isEmpty()) {
            throw new ModelFormatException(origin
                    + ": the adapter is empty: no low-rank pair and no whole tensor; was it saved before training, or by"
                    + " a script that replaces model.state_dict (an adapter_model.bin of 443 bytes is known for that)?"
                    + " Save it again with PEFT's save_pretrained");
        }
        requireSaved(layout, config, origin);
        layout.wholes().values().forEach(whole -> requireSound(whole, origin));
        layout.frozen().values().forEach(whole -> requireSound(whole, origin));
        layout.additions()
                .forEach((name, addition) ->
                        requireFitting(addition, layout.wholes().get(name), origin));
        LoraInfo.BY_VOCABULARY.stream()
                .flatMap(name -> Optional.ofNullable(layout.wholes().get(name)).stream())
                .forEach(whole -> requireVocabulary(whole.stored(), origin));
    }

    private static void requireFitting(Addition addition, @Nullable Whole whole, String origin) {
        if (whole != null && !whole.stored().shape().equals(addition.shape())) {
            throw new ModelFormatException(origin + ": " + whole.stored().name() + " "
                    + whole.stored().shape() + " is brought whole, but what is added to it has the shape "
                    + addition.shape());
        }
    }

    private static void requireSaved(LoraLayout layout, LoraConfig config, String origin) {
        List<String> missing = config.modulesToSave().stream()
                .filter(name -> layout.wholes().keySet().stream().noneMatch(tensor -> isIn(tensor, name)))
                .toList();
        if (!missing.isEmpty()) {
            throw new ModelFormatException(origin + ": modules_to_save names " + Listing.of(missing)
                    + ", but the file has no such tensor; is the download complete?");
        }
    }

    private static void requireVocabulary(TensorInfo stored, String origin) {
        if (stored.shape().size() != 2 || stored.rows() > MAX_VOCABULARY) {
            throw new ModelFormatException(
                    origin + ": " + stored.name() + ": expected [vocabulary, width] with at most " + MAX_VOCABULARY
                            + " rows, found " + stored.shape());
        }
    }

    private static boolean isIn(String tensor, String module) {
        return ("." + AdapterKey.module(tensor)).endsWith("." + module);
    }

    private static void requireSound(Whole whole, String origin) {
        TensorInfo stored = whole.stored();
        if (!stored.dtype().isFloatingPoint() || stored.elements() == 0) {
            throw new UnsupportedModelException(origin + ": " + stored.name()
                    + ": expected floating-point numbers, found " + stored.dtype() + " " + stored.shape());
        }
        for (TensorInfo copy : whole.copies()) {
            if (!copy.shape().equals(stored.shape()) || copy.dtype() != stored.dtype()) {
                throw new ModelFormatException(origin + ": two versions of the same tensor: " + stored.name() + " "
                        + stored.dtype() + " " + stored.shape() + " and " + copy.name() + " " + copy.dtype() + " "
                        + copy.shape());
            }
        }
    }
}
