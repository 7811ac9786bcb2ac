package io.github.hanllama.pytorch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.github.hanllama.core.error.BackendException;
import java.util.Arrays;

/** Tries what this libtorch can do here, in scripts whose failure is an exception. */
final class LibtorchProbe implements AutoCloseable {
    private static final String DEVICE = """
              def works(self: __torch__.Probe,
                device: str) -> float:
                x = torch.ones([4, 4], dtype=6, layout=None, device=torch.device(device), pin_memory=None)
                return float(torch.sum(torch.linear(x, x)))
            """;
    private static final String INTEGERS = """
              def works(self: __torch__.Probe) -> float:
                x = torch.ones([4, 4], dtype=1, layout=None, device=None, pin_memory=None)
                return float(torch.sum(torch._int_mm(x, torch.t(x))))
            """;
    /** The largest levels: where the processor has no sums of bytes in 32 bits, those of two pairs do not fit in 16. */
    private static final String PACKED = """
              def works(self: __torch__.Probe) -> float:
                levels = torch.full([4, 64], 127, dtype=1, layout=None, device=None, pin_memory=None)
                scales = torch.full([4], 1., dtype=7, layout=None, device=None, pin_memory=None)
                zeros = torch.zeros([4], dtype=4, layout=None, device=None, pin_memory=None)
                matrix = ops.quantized.linear_prepack(torch._make_per_channel_quantized_tensor(levels, scales, zeros, 0), None)
                x = torch.full([4, 64], 127., dtype=6, layout=None, device=None, pin_memory=None)
                y = ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(x, 1., 128, matrix)
                return torch.div(float(torch.sum(y)), 258064.)
            """;

    private static final String PACKED_FLOATS = """
              def works(self: __torch__.Probe,
                type: int) -> float:
                x = torch.ones([4, 16], dtype=type, layout=None, device=None, pin_memory=None)
                matrix = ops.mkldnn._reorder_linear_weight(x, None)
                y = ops.mkldnn._linear_pointwise(x, matrix, None, "none", annotate(List[Optional[number]], []), "")
                back = torch.sub(torch.sum(torch.to(torch.to_dense(matrix), 6)), 64.)
                return float(torch.add(torch.div(torch.sum(torch.to(y, 6)), 4.), back))
            """;

    private static final double SUM = 64;
    private static final String LEVELS = """
              def works(self: __torch__.Probe,
                half: int) -> Tensor:
                n = torch.mul(half, 4)
                x = torch.eye(64, dtype=6, layout=None, device=None, pin_memory=None)
                numbers = torch.arange(torch.mul(n, 32), dtype=4, layout=None, device=None, pin_memory=None)
                bytes = torch.to(torch.remainder(torch.mul(numbers, 37), 256), 0)
                quarters = torch.add(torch.remainder(torch.narrow(numbers, 0, 0, torch.mul(n, 2)), 3), 1)
                scales = torch.to(torch.view(torch.mul(quarters, 0.25), [n, 2]), 5)
                zeros = torch.stack([torch.to(torch.t(scales), 15), torch.to(torch.t(torch.zeros_like(scales)), 15)], 2)
                return (self).product(x, torch.view(bytes, [2, 64, half]), scales, zeros, )
            """;
    private static final int[] HALVES = {32, 16};

    private final PtNDManager manager;

    LibtorchProbe(Engine engine) {
        manager = (PtNDManager) engine.newBaseManager(Device.cpu());
    }

    /** Whether the device multiplies. */
    boolean works(String device) {
        try (IValue name = IValue.from(device)) {
            return runs(DEVICE, name);
        }
    }

    /** Whether there is {@code _int_mm}, which libtorch does not promise. */
    boolean multipliesIntegers() {
        return runs(INTEGERS);
    }

    /** Whether there is the operator that takes {@link PackedMatrices}, and it is exact. */
    boolean multipliesPacked() {
        return runs(PACKED);
    }

    /** Whether there are the private operators that pack matrices of that type and multiply by them. */
    boolean multipliesPacked(TorchType type) {
        try (IValue number = IValue.from((long) type.number())) {
            return runs(PACKED_FLOATS, number);
        }
    }

    /** Rows of half a block whose levels the operator multiplies as we unpack them; 0 when it does not, or there is none. */
    int halfBlock() {
        return Arrays.stream(HALVES).filter(this::agrees).findFirst().orElse(0);
    }

    private boolean agrees(int half) {
        try {
            return Arrays.equals(product(MatrixScript.INT4, half), product(MatrixScript.INT4_PLAIN, half));
        } catch (BackendException e) {
            return false;
        }
    }

    private float[] product(MatrixScript script, int half) {
        try (TorchScope call = new TorchScope(manager)) {
            return call.tensor(
                            new Script(manager, "Probe", LEVELS + script.text("Probe")).run("works", call.value(half)))
                    .toFloatArray();
        }
    }

    private boolean runs(String text, IValue... arguments) {
        try (IValue sum = new Script(manager, "Probe", text).run("works", arguments)) {
            return sum.toDouble() == SUM;
        } catch (BackendException e) {
            return false;
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
