package io.github.hanllama.pytorch;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtEngineProvider;
import io.github.hanllama.core.error.BackendException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The one libtorch of this process, loaded when it is first asked for. */
final class Libtorch {
    private static final System.Logger LOG = System.getLogger(Libtorch.class.getPackageName());
    private static final int MOST_GPUS = 64;

    private final Engine engine;
    private final List<String> devices;
    private final Set<TorchType> fast;
    private final boolean integerProducts;
    private final boolean packedProducts;
    private final Set<TorchType> packedFloats;
    private final int halfBlock;
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
            packedProducts = probe.multipliesPacked();
            packedFloats = packedFloats(probe);
            halfBlock = probe.halfBlock();
            devices = new ArrayList<>(List.of("cpu"));
            if (!files.flavor().equals("cpu")) {
                for (int i = 0; i < MOST_GPUS && probe.works("cuda:" + i); i++) {
                    devices.add("cuda:" + i);
                }
            }
        }
        fast = fast(integerProducts, halfBlock);
        sentence = "libtorch " + engine.getVersion() + " (" + files.flavor() + ", " + LibtorchFiles.platform() + ") "
                + files.origin() + " on " + String.join(", ", devices) + ", bf16 "
                + (fast.contains(TorchType.BF16) ? "native" : "emulated") + ", int8 "
                + (fast.contains(TorchType.INT8) && integerProducts ? "native" : "emulated") + ", int4 "
                + (fast.contains(TorchType.INT4) ? "packed" : "unpacked");
        LOG.log(Level.INFO, sentence);
    }

    /** On others than these processors oneDNN calls other libraries, and nothing has been measured. */
    private static Set<TorchType> packedFloats(LibtorchProbe probe) {
        return LibtorchFiles.platform().endsWith("x86_64")
                ? Stream.of(TorchType.F32, TorchType.BF16)
                        .filter(probe::multipliesPacked)
                        .collect(Collectors.toUnmodifiableSet())
                : Set.of();
    }

    /** What the processor says; of int4 its operator says it, which takes these blocks only where it is vectorized. */
    private static Set<TorchType> fast(boolean integerProducts, int halfBlock) {
        Set<TorchType> fast = ProcessorFlags.fast();
        fast.remove(TorchType.INT4);
        if (integerProducts && halfBlock > 0) {
            fast.add(TorchType.INT4);
        }
        return Collections.unmodifiableSet(fast);
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

    /** Whether there is one that knows no other device; nothing is loaded to find out. */
    static boolean installedForProcessor() {
        try {
            return LibtorchFiles.find(loader()).flavor().equals("cpu");
        } catch (BackendException e) {
            return false;
        }
    }

    Engine engine() {
        return engine;
    }

    List<String> devices() {
        return devices;
    }

    /** Types that the processor multiplies faster than f32. */
    Set<TorchType> fast() {
        return fast;
    }

    /** Whether it takes TorchScript. */
    boolean scripts() {
        return scripts;
    }

    /** Whether there is the private operator that multiplies matrices of bytes. */
    boolean integerProducts() {
        return integerProducts;
    }

    /** Whether there is the operator that multiplies by packed matrices of bytes, and no sum of it saturates. */
    boolean packedProducts() {
        return packedProducts;
    }

    /** Types of matrices that there are private operators to pack and to multiply by. */
    Set<TorchType> packedFloats() {
        return packedFloats;
    }

    /** Rows of half a block, as the private operator takes levels two in a byte; 0 when there is none such. */
    int halfBlock() {
        return halfBlock;
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
