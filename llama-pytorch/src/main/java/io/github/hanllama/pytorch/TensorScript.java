package io.github.hanllama.pytorch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/** What DJL cannot do with tensors of every type: make, fill and read them. On a {@link TorchThread}. */
final class TensorScript {
    private static final String TEXT = """
              def empty(self: __torch__.Tensors,
                shape: List[int],
                type: int,
                device: str) -> Tensor:
                return torch.empty(shape, dtype=type, layout=None, device=torch.device(device), pin_memory=None)
              def fill(self: __torch__.Tensors,
                target: Tensor,
                first: int,
                rows: Tensor) -> int:
                n = torch.size(rows, 0)
                _0 = torch.copy_(torch.narrow(target, 0, first, n), rows)
                return n
              def quantize(self: __torch__.Tensors,
                levels: Tensor,
                scales: Tensor,
                first: int,
                rows: Tensor) -> int:
                n = torch.size(rows, 0)
                values = torch.to(rows, ops.prim.device(levels))
                most = torch.amax(torch.abs(values), [-1], True)
                step = torch.clamp_min(torch.div(most, 127.), 1e-30)
                _0 = torch.copy_(torch.narrow(levels, 0, first, n), torch.round(torch.div(values, step)))
                _1 = torch.copy_(torch.narrow(scales, 0, first, n), torch.squeeze(step, 1))
                return n
              def fillBlock(self: __torch__.Tensors,
                levels: Tensor,
                scales: Tensor,
                pairs: Tensor,
                index: int,
                bytes: Tensor,
                factors: Tensor) -> int:
                n = torch.size(factors, 0)
                block = torch.mul(torch.size(levels, 2), 2)
                first = torch.mul(index, block)
                _0 = torch.copy_(torch.select(levels, 0, index), bytes)
                _1 = torch.copy_(torch.narrow(scales, 0, first, n), factors)
                if torch.gt(torch.numel(pairs), 0):
                  some = torch.zero_(torch.narrow(pairs, 1, first, block))
                  _2 = torch.copy_(torch.select(torch.narrow(some, 1, 0, n), 2, 0), torch.t(factors))
                return n
              def row(self: __torch__.Tensors,
                matrix: List[Tensor],
                index: int) -> Tensor:
                if torch.eq(torch.len(matrix), 1):
                  one = torch.narrow(matrix[0], 0, index, 1)
                else:
                  ids = torch.full([1], index, dtype=4, layout=None, device=ops.prim.device(matrix[0]), pin_memory=None)
                  one = (self).rows(matrix[0], matrix[1], ids, )
                return torch.contiguous(torch.to(one, torch.device("cpu"), 6, False, True))
              def move(self: __torch__.Tensors,
                source: Tensor,
                device: str) -> Tensor:
                return torch.to(source, torch.device(device), ops.prim.dtype(source), False, True)
              def write(self: __torch__.Tensors,
                cache: Tensor,
                layer: int,
                part: int,
                head: int,
                first: int,
                rows: Tensor) -> int:
                n = torch.size(rows, 0)
                heads = torch.select(torch.select(torch.select(cache, 0, layer), 0, part), 0, head)
                _0 = torch.copy_(torch.narrow(heads, 0, first, n), rows)
                return n
              def read(self: __torch__.Tensors,
                cache: Tensor,
                layer: int,
                part: int,
                head: int,
                first: int,
                count: int) -> Tensor:
                heads = torch.select(torch.select(torch.select(cache, 0, layer), 0, part), 0, head)
                rows = torch.narrow(heads, 0, first, count)
                return torch.contiguous(torch.to(rows, torch.device("cpu"), 6, False, True))
              def copy(self: __torch__.Tensors,
                source: Tensor,
                target: Tensor,
                count: int) -> int:
                _0 = torch.copy_(torch.narrow(target, 3, 0, count), torch.narrow(source, 3, 0, count))
                return count
            """ + Int4Script.ROWS.replace("{CLASS}", "Tensors");

    private final Script script;

    TensorScript(Engine engine) {
        script = Script.shared(engine, "Tensors", TEXT);
    }

    /** Uninitialized memory, owned by the scope. */
    PtNDArray empty(TorchScope owner, TorchType type, String device, long... shape) {
        try (TorchScope call = new TorchScope(owner.manager());
                IValue made = script.run("empty", call.list(shape), call.value(type.number()), call.value(device))) {
            return made.toTensor(owner.manager());
        }
    }

    /** Converts rows into those of the target from {@code first} on. */
    void fill(TorchScope call, PtNDArray target, long first, PtNDArray rows) {
        call.own(script.run("fill", call.value(target), call.value(first), call.value(rows)));
    }

    /** Rounds rows to 255 levels, symmetrically, with a scale for each. */
    void quantize(TorchScope call, PtNDArray levels, PtNDArray scales, long first, PtNDArray rows) {
        call.own(script.run("quantize", call.value(levels), call.value(scales), call.value(first), call.value(rows)));
    }

    /** Fills a block of {@link Int4Script}, the last one perhaps in part. */
    void fillBlock(TorchScope call, List<PtNDArray> matrix, long index, PtNDArray levels, PtNDArray scales) {
        call.own(script.run(
                "fillBlock",
                call.value(matrix.get(0)),
                call.value(matrix.get(1)),
                call.value(matrix.get(2)),
                call.value(index),
                call.value(levels),
                call.value(scales)));
    }

    /** A row of a matrix as f32. */
    float[] row(TorchScope call, List<PtNDArray> matrix, int row) {
        return call.tensor(script.run("row", call.list(matrix), call.value(row)))
                .toFloatArray();
    }

    /** A copy on another device, owned by the scope. */
    PtNDArray copy(TorchScope owner, PtNDArray source, String device) {
        try (TorchScope call = new TorchScope(owner.manager());
                IValue made = script.run("move", call.value(source), call.value(device))) {
            return made.toTensor(owner.manager());
        }
    }

    /** Writes heads' rows (count, headDim) into a cache (layers, 2, heads, capacity, headDim). */
    void write(TorchScope call, PtNDArray cache, int layer, int part, int head, int first, PtNDArray rows) {
        call.own(script.run(
                "write",
                call.value(cache),
                call.value(layer),
                call.value(part),
                call.value(head),
                call.value(first),
                call.value(rows)));
    }

    float[] read(TorchScope call, PtNDArray cache, int layer, int part, int head, int first, int count) {
        return call.tensor(script.run(
                        "read",
                        call.value(cache),
                        call.value(layer),
                        call.value(part),
                        call.value(head),
                        call.value(first),
                        call.value(count)))
                .toFloatArray();
    }

    /** Copies the first positions of a cache to another. */
    void copy(TorchScope call, PtNDArray from, PtNDArray to, int count) {
        call.own(script.run("copy", call.value(from), call.value(to), call.value(count)));
    }
}
