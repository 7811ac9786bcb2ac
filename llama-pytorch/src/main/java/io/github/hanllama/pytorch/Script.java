package io.github.hanllama.pytorch;

import ai.djl.Device;
import ai.djl.engine.Engine;
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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TorchScript module: methods without state, safe to run on several threads. libtorch keeps kilobytes of every module it
 * has ever taken, so models whose scripts are the same text share them, as long as the process lives.
 */
final class Script {
    private static final String OUT_OF_MEMORY = "out of memory";
    private static final String CANNOT_ALLOCATE = "can't allocate memory";

    private static final Map<String, Script> SHARED = new ConcurrentHashMap<>();

    private final PtSymbolBlock module;

    /**
     * Freed with the manager.
     *
     * @param text the methods of the class, as {@link TorchArchive} takes them
     * @throws BackendException when this libtorch does not know an operator in the text
     */
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

    /** The one of this text; on a {@link TorchThread}, whose settings it is compiled with. */
    static Script shared(Engine engine, String className, String text) {
        return SHARED.computeIfAbsent(
                text, any -> new Script((PtNDManager) engine.newBaseManager(Device.cpu()), className, text));
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
