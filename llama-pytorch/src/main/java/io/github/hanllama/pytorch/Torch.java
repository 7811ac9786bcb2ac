package io.github.hanllama.pytorch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** One model's share of libtorch: the thread that calls it, and everything native that lives as long as the model. */
final class Torch implements AutoCloseable {
    private final Engine engine;
    private final PtNDManager root;
    private final int threads;
    private final TorchThread thread;
    private final TorchScope scope;
    private final List<TorchThread> packers = new ArrayList<>(); // used while loading
    private Optional<TensorScript> tensors = Optional.empty(); // used on the thread

    Torch(Engine engine, int threads) {
        this.engine = engine;
        root = (PtNDManager) engine.newBaseManager(Device.cpu()); // scripts move what belongs elsewhere
        this.threads = threads;
        thread = new TorchThread(threads);
        scope = new TorchScope(root);
    }

    /** A script, which other models may run too. */
    Script script(String className, String text) {
        return thread.call(() -> Script.shared(engine, className, text));
    }

    /** Owns what lives as long as the model. */
    TorchScope scope() {
        return scope;
    }

    /** A scope for what lives shorter; whoever asks closes it on the thread. */
    TorchScope newScope() {
        return new TorchScope(root);
    }

    /** Other threads, which pack what has been read while the model's goes on: that many, or as many as it may use. */
    List<TorchThread> packers(int most) {
        int count = Math.min(most, threads);
        while (packers.size() < count) {
            packers.add(new TorchThread(threads / count));
        }
        return List.copyOf(packers.subList(0, count));
    }

    /** On the model's thread. */
    TensorScript tensors() {
        if (tensors.isEmpty()) {
            tensors = Optional.of(new TensorScript(engine));
        }
        return tensors.get();
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
        packers.forEach(TorchThread::close);
        thread.run(() -> {
            scope.close();
            root.close();
        });
        thread.close();
    }
}
