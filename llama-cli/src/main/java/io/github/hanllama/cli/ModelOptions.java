package io.github.hanllama.cli;

import io.github.hanllama.core.EngineChoice;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.engine.Device;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that name a model and say how to run it. */
final class ModelOptions {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "PATH",
            description =
                    "The base: a folder with config.json or params.json and weights, a zip archive of one, a GGUF file,"
                            + " owner/name on a hub, or a name of the catalogue, as pull has them.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private ModelName model;

    @Option(
            names = "--lora",
            paramLabel = "PATH",
            description = "An adapter to merge in memory, named like the base; repeat to chain, in order.")
    private List<ModelName> adapters = List.of();

    @Option(
            names = "--tokenizer",
            paramLabel = "PATH",
            description = "A tokenizer file or its folder, instead of the model's or the last adapter's.")
    private Optional<ModelName> tokenizer = Optional.empty();

    @Mixin
    private final LockOption lock = new LockOption();

    @Mixin
    private final EngineOptions engine = new EngineOptions();

    /** Nothing is opened yet but looked for. */
    LlamaBuilder builder() {
        LlamaBuilder builder = model.builder();
        adapters.forEach(adapter -> builder.adapt(adapter.source()));
        tokenizer.ifPresent(name -> builder.tokenizer(name.tokenizerPath()));
        return engine.apply(lock.apply(builder));
    }

    /** Whether memory decides how long a text may be. */
    boolean boundsMemory() {
        return engine.maxMemory.isPresent();
    }

    /** How to run a model. */
    static final class EngineOptions {
        @Option(
                names = "--engine",
                paramLabel = "NAME",
                description =
                        "java, pytorch, hybrid or reference; by default the fastest that is installed and loads at once.")
        private Optional<String> name = Optional.empty();

        @Option(
                names = "--device",
                paramLabel = "DEVICE",
                converter = DeviceConverter.class,
                description = "Where to run: auto (default), cpu, cuda or cuda:N; CUDA needs a libtorch of its own.")
        private Optional<Device> device = Optional.empty();

        @Option(
                names = "--quantize",
                paramLabel = "TYPE",
                description = "Quantize the weights while they are loaded: Q8_0, Q6_K, Q5_K_M, Q4_K_M, Q4_0, ...")
        private Optional<QuantRecipe> recipe = Optional.empty();

        @Option(
                names = {"-t", "--threads"},
                paramLabel = "N",
                description = "Compute threads; by default one per core.")
        private Optional<Integer> threads = Optional.empty();

        @Option(
                names = "--exact",
                description =
                        "Compute in f32, whatever the weights are stored in; by default an engine may round to what the"
                                + " processor multiplies fastest.")
        private boolean exact;

        @Option(
                names = "--kv-type",
                paramLabel = "TYPE",
                description =
                        "What keys and values are kept in: F32 (default), F16 or Q8_0; smaller ones take less memory"
                                + " and are a little less exact.")
        private Optional<KvType> kvType = Optional.empty();

        @Option(
                names = "--packed-cache",
                paramLabel = "DIR",
                description =
                        "Keep the weights as the engine packs them in a file in this folder, as large as they are, and map"
                                + " it the next time.")
        private Optional<Path> packedCache = Optional.empty();

        @Option(
                names = "--merge-cache",
                paramLabel = "DIR",
                description = {
                    "Keep the model, merged with its adapters and quantized, in this folder, as large as its weights are,",
                    "and map it the next time. cache list --merge-cache DIR shows what is there."
                })
        private Optional<Path> mergeCache = Optional.empty();

        @Option(
                names = "--max-memory",
                paramLabel = "SIZE",
                converter = ByteCountConverter.class,
                description =
                        "What the process may take, like 6G: chooses types and, if need be, a smaller context; what cannot"
                                + " fit is refused before anything is fetched.")
        private Optional<Long> maxMemory = Optional.empty();

        /** The types that caches know. */
        private enum KvType {
            F32,
            F16,
            Q8_0
        }

        /** Names of devices. */
        private static final class DeviceConverter implements ITypeConverter<Device> {
            @Override
            public Device convert(String text) {
                try {
                    return Device.parse(text);
                } catch (IllegalArgumentException e) {
                    throw new TypeConversionException(e.getMessage());
                }
            }
        }

        /** How many threads compute. */
        int threads() {
            return threads.orElseGet(io.github.hanllama.core.engine.EngineOptions::defaultThreads);
        }

        LlamaBuilder apply(LlamaBuilder builder) {
            builder.engine(name.map(EngineChoice::named).orElse(EngineChoice.SHORT_LIVED));
            device.ifPresent(builder::device);
            builder.warmUp(false); // for one pass over a text it takes longer than it saves
            recipe.ifPresent(builder::quantize);
            threads.ifPresent(builder::threads);
            builder.exactActivations(exact);
            packedCache.ifPresent(builder::packedCache);
            mergeCache.ifPresent(builder::mergeCache);
            maxMemory.ifPresent(builder::maxMemory);
            kvType.ifPresent(type -> builder.kvType(DType.valueOf(type.name())));
            return builder;
        }
    }
}
