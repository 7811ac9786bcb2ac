package io.github.hanllama.pytorch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import io.github.hanllama.core.engine.support.WeightReader;
import io.github.hanllama.pytorch.WeightLoader.Part;
import io.github.hanllama.quant.DType;
import java.util.List;

/** Copies matrices stored in Q4_0, with the levels and scales they have, into the tensors of {@link Int4Script}. */
final class Int4Loader {
    private final Torch torch;
    private final TorchScope owner;
    private final int half;
    private final boolean packed;

    Int4Loader(Torch torch, TorchScope owner, TorchPlan plan) {
        this.torch = torch;
        this.owner = owner;
        this.half = plan.halfBlock();
        this.packed = plan.products() == MatrixScript.INT4;
    }

    /** Tensors of one width, one below the other. */
    List<PtNDArray> matrix(WeightReader reader, String device, int columns, List<Part> parts) {
        Target target = new Target(device, parts.stream().mapToInt(Part::rows).reduce(0, Math::addExact), columns);
        for (Part part : parts) {
            reader.readStoredRows(part.name(), List.of((long) part.rows(), (long) columns), (row, count, stored) -> {
                for (int i = 0; i < count; i++) {
                    target.block.add(stored, i * DType.Q4_0.bytes(columns));
                    target.flush(false);
                }
            });
        }
        target.flush(true);
        return target.tensors;
    }

    /** A matrix that is filled block by block. */
    private final class Target {
        private final Int4Block block;
        private final int groups;
        private final List<PtNDArray> tensors;
        private int blocks; // that have been filled

        Target(String device, int rows, int columns) {
            block = new Int4Block(columns, half);
            groups = columns / Int4Script.GROUP;
            int all = Math.ceilDiv(rows, 2 * half);
            tensors = torch.call(() -> List.of(
                    torch.tensors().empty(owner, TorchType.INT4, device, all, columns, half),
                    torch.tensors().empty(owner, TorchType.F16, device, rows, groups),
                    torch.tensors().empty(owner, TorchType.BF16, device, packed ? groups : 0, all * 2L * half, 2)));
        }

        /** Hands the block over when it is full or the last. */
        void flush(boolean last) {
            if (block.full() || last && block.rows() > 0) {
                torch.call(call -> {
                    PtNDArray levels = call.view(block.levels(), DataType.UINT8, block.columns(), half);
                    PtNDArray scales = call.view(block.scales(), DataType.FLOAT32, block.rows(), groups);
                    torch.tensors().fillBlock(call, tensors, blocks, levels, scales);
                    return true;
                });
                block.clear();
                blocks++;
            }
        }
    }
}
