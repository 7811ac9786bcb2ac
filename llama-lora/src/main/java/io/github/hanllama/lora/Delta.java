package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import java.util.List;

/**
 * What is added to one tensor of a base, in f32, computed when it is read. Where a tensor grows, the rows that the base does not
 * have count as zeros there.
 *
 * @param name of the base's tensor
 * @param shape of the sum
 * @param baseRows how many of the rows the base has
 * @param rank no larger than which the matrix has it; that of the smaller side where nothing is known
 */
record Delta(String name, List<Long> shape, long baseRows, int rank, RowSource rows) {
    /** {@code tuned - base}, rounded to f32. */
    static Delta between(Tensor tuned, Tensor base) {
        TensorInfo info = tuned.info();
        long common = Math.min(base.info().rows(), info.rows());
        return new Delta(info.name(), info.shape(), common, fullRank(info), (from, to, sink) -> {
            Sums sums = new Sums(tuned, base, -1);
            if (from < common) {
                sums.read(from, Math.min(to, common), sink);
            }
            if (to > common) {
                tuned.readRows(Math.max(from, common), to, sink);
            }
        });
    }

    static int fullRank(TensorInfo info) {
        return (int) Math.min(info.rows(), info.rowLength());
    }

    long rowCount() {
        return shape.size() < 2 ? 1 : shape.getFirst();
    }

    int columns() {
        return Math.toIntExact(shape.getLast());
    }

    /** Whether it can be written as a low-rank pair of PEFT: a matrix of a linear layer that has not grown. */
    boolean isLinear() {
        return shape.size() == 2
                && name.endsWith(".weight")
                && baseRows == rowCount()
                && AdapterKey.isLinear(AdapterKey.module(name))
                && !LoraInfo.BY_VOCABULARY.contains(name);
    }
}
