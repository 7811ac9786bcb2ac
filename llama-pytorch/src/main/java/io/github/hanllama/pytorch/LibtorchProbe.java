package io.github.hanllama.pytorch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.github.hanllama.core.error.BackendException;

/** Tries what this libtorch can do here, in scripts whose failure is an exception. */
final class LibtorchProbe implements AutoCloseable {
    private static final String DEVICE = """
            class Probe(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              def works(self: __torch__.Probe,
                device: str) -> float:
                x = torch.ones([4, 4], dtype=6, layout=None, device=torch.device(device), pin_memory=None)
                return float(torch.sum(torch.linear(x, x)))
            """;
    private static final String INTEGERS = """
            class Probe(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              def works(self: __torch__.Probe) -> float:
                x = torch.ones([4, 4], dtype=1, layout=None, device=None, pin_memory=None)
                return float(torch.sum(torch._int_mm(x, torch.t(x))))
            """;
    private static final double SUM = 64;

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
