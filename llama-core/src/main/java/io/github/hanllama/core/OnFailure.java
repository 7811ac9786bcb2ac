package io.github.hanllama.core;

import java.util.function.Supplier;

/** Who opens closes, also when the next step fails. */
final class OnFailure {
    private OnFailure() {}

    /** Runs the step; when it throws, closes the resource and throws on. */
    static <T> T close(AutoCloseable resource, Supplier<T> step) {
        try {
            return step.get();
        } catch (RuntimeException | Error e) {
            try {
                resource.close();
            } catch (Exception suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }
}
