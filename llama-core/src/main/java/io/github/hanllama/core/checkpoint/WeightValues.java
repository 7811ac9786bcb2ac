package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.progress.Cancellation;
import java.util.ArrayList;
import java.util.List;

/** Looks at every weight for what training does not leave behind: values that are no numbers, and matrices of zeros. */
public final class WeightValues {
    private static final int LISTED = 10;

    private long notFinite;
    private long notZero;

    private WeightValues() {}

    /**
     * Reads all of the checkpoint.
     *
     * @throws ModelFormatException naming the tensors
     */
    public static void check(Checkpoint checkpoint, Cancellation cancellation) {
        List<String> faults = new ArrayList<>();
        for (TensorInfo info : checkpoint.tensors()) {
            WeightValues values = new WeightValues();
            values.count(checkpoint.tensor(info.name()), cancellation);
            if (values.notFinite > 0) {
                faults.add(
                        info.name() + ": " + values.notFinite + " of " + info.elements() + " infinite or no numbers");
            } else if (values.notZero == 0 && info.rows() > 1) {
                faults.add(info.name() + ": only zeros");
            }
        }
        if (!faults.isEmpty()) {
            String more = faults.size() > LISTED ? " and " + (faults.size() - LISTED) + " more" : "";
            throw new ModelFormatException(checkpoint.origin() + ": " + faults.size()
                    + " tensors hold what cannot be weights: "
                    + String.join(", ", faults.subList(0, Math.min(LISTED, faults.size()))) + more
                    + "; is the download complete?");
        }
    }

    private void count(Tensor tensor, Cancellation cancellation) {
        TensorInfo info = tensor.info();
        tensor.readRows(0, info.rows(), (firstRow, rowCount, values) -> {
            cancellation.throwIfCancelled();
            int end = rowCount * (int) info.rowLength();
            for (int i = 0; i < end; i++) {
                notFinite += Float.isFinite(values[i]) ? 0 : 1;
                notZero += values[i] == 0 ? 0 : 1;
            }
        });
    }
}
