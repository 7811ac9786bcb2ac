package io.github.hanllama.pytorch;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import io.github.hanllama.core.error.BackendException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A TorchScript module: methods without state. Freed with its manager. */
final class Script {
    private static final String OUT_OF_MEMORY = "out of memory";
    private static final String CANNOT_ALLOCATE = "can't allocate memory";

    private final PtSymbolBlock module;

    /** @throws BackendException when this libtorch does not know an operator in the text */
    Script(PtNDManager manager, String className, String text) {
        try {
            byte[] archive = TorchArchive.of(className, text);
            module = JniUtils.loadModule(manager, new ByteArrayInputStream(archive), false, false);
        } catch (EngineException e) {
            throw new BackendException("libtorch does not take the script " + className + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The caller owns arguments and result. On a {@link TorchThread}. */
    IValue run(String method, IValue... arguments) {
        try {
            return IValueUtils.runMethod(module, method, arguments);
        } catch (EngineException e) {
            throw failure(method, e);
        }
    }

    private static BackendException failure(String method, EngineException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains(OUT_OF_MEMORY) || message.contains(CANNOT_ALLOCATE)) {
            return new BackendException(
                    "no memory left on the device; close caches or models, or use shorter texts: "
                            + message.lines()
                                    .filter(line -> line.contains("memory"))
                                    .findFirst()
                                    .orElse(""),
                    e);
        }
        return new BackendException("libtorch failed in " + method + ": " + message, e);
    }
}
