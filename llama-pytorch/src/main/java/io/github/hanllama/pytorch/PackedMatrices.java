package io.github.hanllama.pytorch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;

/**
 * Matrices in the order of libtorch's own operators, of {@link TorchType#INT8} in a form that is no tensor, of others in tensors that
 * know nothing but to be multiplied by: scripts take them as a list. For other operators it is empty.
 */
final class PackedMatrices {
    private static final String CLASS = "Packed";
    private static final String LEVELS = """
              def none(self: __torch__.Packed) -> List[{MATRIX}]:
                return annotate(List[{MATRIX}], [])
              def pack(self: __torch__.Packed,
                levels: Tensor,
                scales: Tensor) -> {MATRIX}:
                zeros = torch.zeros([torch.size(scales, 0)], dtype=4, layout=None, device=None, pin_memory=None)
                matrix = torch._make_per_channel_quantized_tensor(levels, torch.to(scales, 7), zeros, 0)
                return ops.quantized.linear_prepack(matrix, None)
              def append(self: __torch__.Packed,
                matrices: List[{MATRIX}],
                packed: {MATRIX}) -> int:
                _0 = torch.append(matrices, packed)
                return torch.len(matrices)
              def unpack(self: __torch__.Packed,
                matrices: List[{MATRIX}],
                index: int) -> List[Tensor]:
                matrix, bias, = ops.quantized.linear_unpack(matrices[index])
                return [torch.int_repr(matrix), torch.to(torch.q_per_channel_scales(matrix), 6)]
            """.replace("{MATRIX}", MatrixScript.PACKED);
    private static final String FLOATS = """
              def pack(self: __torch__.Packed,
                matrix: Tensor) -> Tensor:
                return ops.mkldnn._reorder_linear_weight(matrix, None)
              def append(self: __torch__.Packed,
                matrices: List[Tensor],
                packed: Tensor) -> int:
                _0 = torch.append(matrices, packed)
                return torch.len(matrices)
              def unpack(self: __torch__.Packed,
                matrices: List[Tensor],
                index: int) -> List[Tensor]:
                return [torch.to_dense(matrices[index])]
            """;

    /** Matrices of levels that are packed at the same time, each by one thread: that takes longer than reading them. */
    private static final int LEVELS_TOGETHER = 2;

    private final Torch torch;
    private final int together;
    private final Script script;
    private final IValue list;
    private int size;
    private final Deque<FutureTask<Boolean>> packing = new ArrayDeque<>(); // in order

    PackedMatrices(Torch torch, TorchScope owner, MatrixScript products) {
        this.torch = torch;
        boolean levels = products == MatrixScript.INT8;
        together = levels ? LEVELS_TOGETHER : 1;
        script = torch.script(CLASS, levels ? LEVELS : FLOATS);
        list = torch.call(() -> levels ? owner.own(script.run("none")) : owner.list(List.of()));
    }

    /** One of them. */
    record Place(PackedMatrices matrices, int index) {
        /** The tensors as they were, owned by the scope. */
        List<PtNDArray> unpack(TorchScope owner) {
            return matrices.unpack(owner, index);
        }
    }

    /** As scripts take it; owned by the model. */
    IValue list() {
        return list;
    }

    /**
     * Levels and scales, or numbers, which it copies, while the caller goes on with the next.
     *
     * @param after what to do when they have been copied
     */
    Place add(List<PtNDArray> matrix, Runnable after) {
        List<TorchThread> packers = torch.packers(together);
        if (packing.size() == packers.size()) {
            TorchThread.await(packing.remove());
        }
        Optional<FutureTask<Boolean>> before = Optional.ofNullable(packing.peekLast());
        packing.add(packers.get(size % packers.size()).start(() -> {
            pack(matrix, before);
            after.run();
            return true;
        }));
        return new Place(this, size++);
    }

    /** Each behind the one before it. */
    private void pack(List<PtNDArray> matrix, Optional<FutureTask<Boolean>> before) {
        try (TorchScope call = torch.newScope()) {
            IValue packed =
                    call.own(script.run("pack", matrix.stream().map(call::value).toArray(IValue[]::new)));
            before.ifPresent(TorchThread::await);
            call.own(script.run("append", list, packed));
        }
    }

    /** Waits until all are there, and throws what packing threw. */
    void finish() {
        while (!packing.isEmpty()) {
            TorchThread.await(packing.remove());
        }
    }

    private List<PtNDArray> unpack(TorchScope owner, int index) {
        return torch.call(call ->
                List.of(call.own(script.run("unpack", list, call.value(index))).toTensorArray(owner.manager())));
    }
}
