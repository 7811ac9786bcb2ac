package io.github.hanllama.pytorch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.function.Function;
import java.util.function.Supplier;

/** One model's share of libtorch: the thread that calls it, and everything native that lives as long as the model. */
final class Torch implements AutoCloseable {
    private final PtNDManager root;
    private final TorchThread thread;
    private final TorchScope scope;
    private final TensorScript tensors;

    Torch(Engine engine, int threads) {
        root = (PtNDManager) engine.newBaseManager(Device.cpu()); // scripts move what belongs elsewhere
        thread = new TorchThread(threads);
        scope = new TorchScope(root);
        try {
            tensors = thread.call(() -> new TensorScript(root));
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** A script that lives as long as the model. */
    Script script(String className, String text) {
        return thread.call(() -> new Script(root, className, text));
    }

    /** Owns what lives as long as the model. */
    TorchScope scope() {
        return scope;
    }

    /** A scope for what lives shorter; whoever asks closes it on the thread. */
    TorchScope newScope() {
        return new TorchScope(root);
    }

    TensorScript tensors() {
        return tensors;
    }

    /** Runs native calls on the model's thread; what they make is freed afterwards. */
    <T> T call(Function<TorchScope, T> work) {
        return thread.call(() -> {
            try (TorchScope call = new TorchScope(root)) {
                return work.apply(call);
            }
        });
    }

    /** Runs native calls that own what they make. */
    <T> T call(Supplier<T> work) {
        return thread.call(work);
    }

    void run(Runnable work) {
        thread.run(work);
    }

    @Override
    public void close() {
        thread.run(() -> {
            scope.close();
            root.close();
        });
        thread.close();
    }
}
