package io.github.hanllama.pytorch;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.engine.Device.Auto;
import io.github.hanllama.core.engine.Device.Cpu;
import io.github.hanllama.core.engine.Device.Cuda;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.quant.DType;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Chooses types and devices for a model, and refuses before anything is copied what cannot fit. */
final class TorchPlanner {
    private static final System.Logger LOG = System.getLogger(TorchPlanner.class.getPackageName());
    /** Of a device's memory; the rest is for caches and what is being computed. */
    private static final double FOR_WEIGHTS = 0.9;

    private final Checkpoint checkpoint;
    private final EngineOptions options;
    private final Machine machine;

    TorchPlanner(Checkpoint checkpoint, EngineOptions options, Machine machine) {
        this.checkpoint = checkpoint;
        this.options = options;
        this.machine = machine;
    }

    /** What there is to run on. */
    interface Machine {
        /** {@code cpu} first, then graphics processors that work. */
        List<String> devices();

        /** Types that the processor multiplies faster than f32. */
        Set<TorchType> fast();

        /** Whether libtorch has the operator that multiplies matrices of bytes. */
        boolean integerProducts();

        /** Whether libtorch has the operator that rounds, multiplies by packed matrices of bytes, and scales. */
        boolean packedProducts();

        /** Types of matrices that libtorch has operators to pack and to multiply by. */
        Set<TorchType> packedFloats();

        /** Rows of half a block, as libtorch's operator takes levels two in a byte; 0 when it does not. */
        int halfBlock();

        /** Bytes a device has, whoever uses them. */
        long memoryBytes(String device);
    }

    /** @throws BackendException when it does not fit or a device does not work */
    TorchPlan plan() {
        return switch (options.device()) {
            case Cpu cpu -> onProcessor();
            case Cuda cuda -> onCuda(cuda);
            case Auto auto -> anywhere();
        };
    }

    private TorchPlan anywhere() {
        List<String> graphics = machine.devices().subList(1, machine.devices().size());
        if (graphics.isEmpty()) {
            return onProcessor();
        }
        List<TorchPlan.Segment> segments = spread(graphics, cudaType());
        if (!segments.isEmpty()) {
            return plan(cudaType(), segments);
        }
        LOG.log(Level.INFO, "{0}: too large for {1}, runs on the processor", checkpoint.origin(), graphics);
        return onProcessor();
    }

    private TorchPlan onCuda(Cuda device) {
        if (!machine.devices().contains(device.toString())) {
            throw new BackendException(device + " does not work; this machine has " + machine.devices());
        }
        List<TorchPlan.Segment> segments = spread(List.of(device.toString()), cudaType());
        if (segments.isEmpty()) {
            throw tooLarge(device.toString(), cudaType());
        }
        return plan(cudaType(), segments);
    }

    private TorchPlan onProcessor() {
        TorchType type = processorType();
        if (!fits("cpu", type)) {
            throw tooLarge("cpu", type);
        }
        return plan(type, List.of(new TorchPlan.Segment("cpu", 0, layers())));
    }

    private TorchPlan plan(TorchType type, List<TorchPlan.Segment> segments) {
        int halfBlock = machine.halfBlock() == 0 ? Int4Script.HALF_BLOCK : machine.halfBlock();
        return new TorchPlan(type, products(type, segments), halfBlock, cacheType(type.computed()), segments);
    }

    private MatrixScript products(TorchType type, List<TorchPlan.Segment> segments) {
        boolean integers = machine.integerProducts();
        return switch (type) {
            case INT4 -> integers && machine.halfBlock() > 0 ? MatrixScript.INT4 : MatrixScript.INT4_PLAIN;
            case INT8 -> bytes();
            case BF16, F16, F32 ->
                onProcessor(segments) && machine.packedFloats().contains(type)
                        ? MatrixScript.FLOAT_PACKED
                        : MatrixScript.FLOAT;
        };
    }

    private static boolean onProcessor(List<TorchPlan.Segment> segments) {
        return segments.stream().allMatch(segment -> segment.device().equals("cpu"));
    }

    private MatrixScript bytes() {
        if (machine.packedProducts()) {
            return MatrixScript.INT8;
        }
        return machine.integerProducts() ? MatrixScript.INT8_ROWS : MatrixScript.INT8_PLAIN;
    }

    /** Layers over as few devices as hold them, in order; none when all together do not. */
    private List<TorchPlan.Segment> spread(List<String> devices, TorchType type) {
        long all = TorchMemory.weightBytes(checkpoint.tensors(), type);
        long ends = all - layers() * layerBytes(type); // embedding and head
        List<TorchPlan.Segment> segments = new ArrayList<>();
        int from = 0;
        for (String device : devices) {
            long room = (long) (FOR_WEIGHTS * machine.memoryBytes(device)) - ends;
            int count = Math.clamp(room / layerBytes(type), 0, layers() - from);
            if (count > 0) {
                segments.add(new TorchPlan.Segment(device, from, from + count));
                from += count;
            }
        }
        return from == layers() ? segments : List.of();
    }

    /** The first that fits; when none does, the smallest says what is missing. */
    private TorchType processorType() {
        List<TorchType> types = TorchMemory.types(stored(), options.exactActivations(), machine.fast());
        return types.stream()
                .filter(type -> fits("cpu", type))
                .findFirst()
                .orElseGet(() -> Collections.min(types, Comparator.comparingLong(this::bytes)));
    }

    private TorchType cudaType() {
        if (options.exactActivations()) {
            return TorchType.F32;
        }
        return switch (stored()) {
            case F32 -> TorchType.F32;
            case BF16 -> TorchType.BF16;
            default -> TorchType.F16;
        };
    }

    /** Keys and values are never kept in more than they are computed in. */
    private TorchType cacheType(TorchType type) {
        return switch (options.kvType()) {
            case F32 -> type;
            case F16 -> TorchType.F16;
            default ->
                throw new BackendException("the pytorch engine keeps keys and values in F32 or F16, not in "
                        + options.kvType() + "; the java engine does");
        };
    }

    private DType stored() {
        return TorchMemory.stored(checkpoint);
    }

    private boolean fits(String device, TorchType type) {
        return bytes(type) <= FOR_WEIGHTS * machine.memoryBytes(device);
    }

    private long bytes(TorchType type) {
        return TorchMemory.weightBytes(checkpoint, type);
    }

    private long layerBytes(TorchType type) {
        List<TensorInfo> tensors = checkpoint.tensors().stream()
                .filter(info -> info.name().contains(".layers."))
                .toList();
        return Math.max(1, TorchMemory.weightBytes(tensors, type) / layers());
    }

    private int layers() {
        return checkpoint.config().numHiddenLayers();
    }

    private BackendException tooLarge(String device, TorchType type) {
        return new BackendException(checkpoint.origin() + ": its weights in " + type + " take " + bytes(type)
                + " bytes, more than " + device + " has room for (" + machine.memoryBytes(device)
                + " bytes); choose another device or the java engine, which can quantize");
    }

    /** This machine. */
    static Machine thisMachine(Libtorch libtorch) {
        return new Machine() {
            @Override
            public List<String> devices() {
                return libtorch.devices();
            }

            @Override
            public Set<TorchType> fast() {
                return libtorch.fast();
            }

            @Override
            public boolean integerProducts() {
                return libtorch.integerProducts();
            }

            @Override
            public boolean packedProducts() {
                return libtorch.packedProducts();
            }

            @Override
            public Set<TorchType> packedFloats() {
                return libtorch.packedFloats();
            }

            @Override
            public int halfBlock() {
                return libtorch.halfBlock();
            }

            @Override
            public long memoryBytes(String device) {
                if (device.equals("cpu")) {
                    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                            .getTotalMemorySize();
                }
                int index = Integer.parseInt(device.substring("cuda:".length()));
                return CudaUtils.getGpuMemory(Device.gpu(index)).getMax();
            }
        };
    }
}
