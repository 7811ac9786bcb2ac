package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;

/** A model that tells which of its tensors are read. */
final class Watched {
    private Watched() {}

    /** @param read gets the names of tensors whose rows are asked for */
    static Checkpoint checkpoint(Checkpoint source, Set<String> read) {
        return proxy(
                Checkpoint.class,
                source,
                (method, result) -> result instanceof Tensor tensor
                        ? proxy(Tensor.class, tensor, (name, rows) -> {
                            if (name.startsWith("read")) {
                                read.add(tensor.info().name());
                            }
                            return rows;
                        })
                        : result);
    }

    private interface Watcher {
        Object called(String method, Object result);
    }

    @SuppressWarnings("NullAway") // what is called returns nothing, or is what it is called on
    private static <T> T proxy(Class<T> type, T target, Watcher watcher) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
                    try {
                        return watcher.called(method.getName(), method.invoke(target, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
