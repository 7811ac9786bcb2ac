package io.github.hanllama.pytorch;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtEngineProvider;
import io.github.hanllama.core.error.BackendException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;

/** The one libtorch of this process, loaded when it is first asked for. */
final class Libtorch {
    private static final System.Logger LOG = System.getLogger(Libtorch.class.getPackageName());
    private static final int MOST_GPUS = 64;

    private final Engine engine;
    private final List<String> devices;
    private final boolean fastBf16;
    private final boolean fastInt8;
    private final boolean integerProducts;
    private final boolean scripts;
    private final String sentence;

    private Libtorch(LibtorchFiles files) {
        engine = load(files);
        if (!engine.getVersion().startsWith(LibtorchFiles.VERSION)) {
            throw new BackendException(
                    "libtorch " + engine.getVersion() + " was loaded, expected " + LibtorchFiles.VERSION);
        }
        try (LibtorchProbe probe = new LibtorchProbe(engine)) {
            scripts = probe.works("cpu");
            integerProducts = probe.multipliesIntegers();
            devices = new ArrayList<>(List.of("cpu"));
            if (!files.flavor().equals("cpu")) {
                for (int i = 0; i < MOST_GPUS && probe.works("cuda:" + i); i++) {
                    devices.add("cuda:" + i);
                }
            }
        }
        fastBf16 = ProcessorFlags.multipliesBf16();
        fastInt8 = ProcessorFlags.multipliesInt8();
        sentence = "libtorch " + engine.getVersion() + " (" + files.flavor() + ", " + LibtorchFiles.platform() + ") "
                + files.origin() + " on " + String.join(", ", devices) + ", bf16 "
                + (fastBf16 ? "native" : "emulated") + ", int8 "
                + (fastInt8 && integerProducts ? "native" : "emulated");
        LOG.log(Level.INFO, sentence);
    }

    /** Found once; a class that fails to initialize would hide why. */
    private static final class Holder {
        private static final PyTorchDiagnosis DIAGNOSIS;
        private static final List<Libtorch> FOUND = new ArrayList<>();

        static {
            PyTorchDiagnosis diagnosis;
            try {
                Libtorch found = new Libtorch(LibtorchFiles.find(loader()));
                FOUND.add(found);
                diagnosis = new PyTorchDiagnosis(true, found.sentence, found.devices);
            } catch (BackendException e) {
                LOG.log(Level.DEBUG, "no libtorch", e);
                diagnosis = PyTorchDiagnosis.unusable(String.valueOf(e.getMessage()));
            }
            DIAGNOSIS = diagnosis;
        }
    }

    static PyTorchDiagnosis diagnosis() {
        return Holder.DIAGNOSIS;
    }

    /** @throws BackendException that says why there is none */
    static Libtorch require() {
        if (Holder.FOUND.isEmpty()) {
            throw new BackendException("the pytorch engine cannot run: " + Holder.DIAGNOSIS.sentence());
        }
        return Holder.FOUND.getFirst();
    }

    Engine engine() {
        return engine;
    }

    List<String> devices() {
        return devices;
    }

    /** Whether the processor multiplies bf16 itself. */
    boolean fastBf16() {
        return fastBf16;
    }

    /** Whether the processor sums products of bytes itself. */
    boolean fastInt8() {
        return fastInt8;
    }

    /** Whether it takes TorchScript. */
    boolean scripts() {
        return scripts;
    }

    /** Whether there is the private operator that multiplies matrices of bytes. */
    boolean integerProducts() {
        return integerProducts;
    }

    /** The context's loader in a container, else our own. DJL asks the context's. */
    private static ClassLoader loader() {
        ClassLoader own = Libtorch.class.getClassLoader();
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context != null && context.getResource("native/lib/pytorch.properties") != null ? context : own;
    }

    private static Engine load(LibtorchFiles files) {
        DjlSettings.forbidNetwork();
        files.announce();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader());
        try {
            return new PtEngineProvider().getEngine();
        } catch (EngineException | LinkageError | AssertionError e) { // DJL throws the last for files it cannot read
            throw new BackendException("libtorch " + files.origin() + " cannot be loaded: " + rootCause(e), e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static String rootCause(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }
}
