package io.github.hanllama.core;

import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.WeightValues;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.generation.GeneratorOptions;
import io.github.hanllama.core.merge.MergeCache;
import io.github.hanllama.core.plan.LoadChoice;
import io.github.hanllama.core.plan.LoadPlan;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.quantize.ImportanceMatrix;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelLock;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Names a base, its adapters and how to run them; one of the last three methods then opens, merges and loads. What a
 * step opened is closed again when a later one fails.
 *
 * <pre>{@code
 * try (Generator generator = Llama.from(Path.of("llama-2-7b"))
 *         .adapt(Path.of("chinese-alpaca-2-lora-7b"))
 *         .engine(EngineChoice.named("java"))
 *         .load()) {
 *     System.out.println(generator.generate("白日依山尽，", GenerationConfig.GREEDY).text());
 * }
 * }</pre>
 *
 * Not thread-safe; can load any number of times.
 */
public final class LlamaBuilder {
    private static final System.Logger LOG = System.getLogger(LlamaBuilder.class.getPackageName());
    private static final int DEFAULT_MAX_SEQUENCE_LENGTH = 4096;

    private final Function<ModelOpener, Checkpoint> base;
    private final Optional<ModelSource> source;
    private final BiConsumer<FitCheck, ModelOpener> baseHeaders;
    private final Function<Path, ModelSource> paths;
    private final List<Function<ModelOpener, Adapter>> adapters = new ArrayList<>();
    private EngineChoice engine = EngineChoice.AUTO;
    private Device device = Device.AUTO;
    private OptionalInt threads = OptionalInt.empty();
    private boolean exactActivations;
    private Optional<DType> kvType = Optional.empty();
    private OptionalInt maxSequenceLength = OptionalInt.empty();
    private OptionalLong maxKvBytes = OptionalLong.empty();
    private OptionalLong maxMemory = OptionalLong.empty();
    private boolean warmUp = true;
    private Optional<Path> packedCache = Optional.empty();
    private Optional<Path> mergeCache = Optional.empty();
    private Optional<ModelLock> lock = Optional.empty();
    private int maxConcurrent = GeneratorOptions.DEFAULT_MAX_CONCURRENT;
    private Optional<Path> tokenizer = Optional.empty();
    private Optional<QuantRecipe> recipe = Optional.empty();
    private Optional<Path> importanceMatrix = Optional.empty();
    private boolean validateValues;
    private ProgressListener listener = ProgressListener.NONE;
    private Cancellation cancellation = new Cancellation();

    LlamaBuilder(ModelSource base, Function<ModelFiles, Checkpoint> reader, Function<Path, ModelSource> paths) {
        this.base = opener -> opener.open(base, reader);
        this.source = Optional.of(base);
        this.baseHeaders = (fit, opener) -> fit.base(opener.pinned(base), reader);
        this.paths = paths;
    }

    LlamaBuilder(Supplier<Checkpoint> base, Function<Path, ModelSource> paths) {
        this.base = opener -> base.get();
        this.source = Optional.empty();
        this.baseHeaders = (fit, opener) -> fit.base(base);
        this.paths = paths;
    }

    /** Merges this adapter into the base; repeat to chain, in order. */
    public LlamaBuilder adapt(Adapter adapter) {
        adapters.add(opener -> adapter);
        return this;
    }

    /** Merges the adapter in this folder, of whatever kind it turns out to be. */
    public LlamaBuilder adapt(Path folder) {
        return adapt(paths.apply(folder));
    }

    /** Merges the adapter found there, of whatever kind it turns out to be. */
    public LlamaBuilder adapt(ModelSource source) {
        adapters.add(opener -> AdapterKinds.adapter(opener.pinned(source)));
        return this;
    }

    public LlamaBuilder engine(EngineChoice value) {
        engine = value;
        return this;
    }

    /** Where the model runs; by default on a graphics processor if an engine is set up for one and it has room. */
    public LlamaBuilder device(Device value) {
        device = value;
        return this;
    }

    /** Compute threads; by default one per physical core. */
    public LlamaBuilder threads(int value) {
        threads = OptionalInt.of(positive("threads", value));
        return this;
    }

    /** Positions a text may take, prompt included; by default what the model was trained for, 4096 at most. */
    public LlamaBuilder maxSequenceLength(int value) {
        maxSequenceLength = OptionalInt.of(positive("maxSequenceLength", value));
        return this;
    }

    /**
     * Whether to compute in f32 whatever weights are stored in; by default an engine may round what they are multiplied by to
     * the numbers that the processor multiplies fastest, so results differ a little from machine to machine.
     */
    public LlamaBuilder exactActivations(boolean value) {
        exactActivations = value;
        return this;
    }

    /** What caches keep keys and values in: F32, or F16 and Q8_0 in a half and about a quarter of the memory. */
    public LlamaBuilder kvType(DType value) {
        kvType = Optional.of(EngineOptions.defaults().kvType(value).kvType());
        return this;
    }

    /** Bytes the caches of all texts may take together; a text that needs more is refused. */
    public LlamaBuilder maxKvBytes(long value) {
        maxKvBytes = OptionalLong.of(positive("maxKvBytes", value));
        return this;
    }

    /**
     * Bytes that the process may take, one text of the whole context included. {@link #load} and {@link #loadModel} then
     * choose what has not been set: weights as they are stored, or quantized to Q8_0, Q6_K, Q5_K_M, Q4_K_M or Q3_K_M; for
     * each of these keys and values in F32, F16 or Q8_0; and if all that is not enough, a context of less, but at least 512
     * tokens. {@link #plan} says what they choose. What cannot fit is refused before anything is fetched. Caches of several
     * texts together stay within what is left.
     */
    public LlamaBuilder maxMemory(long bytes) {
        maxMemory = OptionalLong.of(positive("maxMemory", bytes));
        return this;
    }

    /**
     * Whether to run a few tokens after loading, five seconds at most, so that the first text is not slow;
     * by default it does. Who writes one text and ends may leave it: it takes what the first text would.
     */
    public LlamaBuilder warmUp(boolean value) {
        warmUp = value;
        return this;
    }

    /**
     * A folder of one's own where the engine may keep weights in the form it needs: the first load writes a file as large
     * as they are, the next ones map it and take neither the time nor the memory. Files of models that are gone stay until
     * somebody removes them.
     */
    public LlamaBuilder packedCache(Path folder) {
        packedCache = Optional.of(folder);
        return this;
    }

    /**
     * A folder of one's own where merged and quantized models are kept, each under a key made of everything that went into
     * it: the first opening merges and writes a model as large as its weights, the next ones map it, to the same values, and
     * read neither base nor adapters. What comes from a hub stands in the key under its commit; any other file under its
     * path, size, times and inode, so a file that was changed makes another key without being read, but a disk that changes
     * bytes under a file is not noticed. Nothing is ever removed: {@link MergeCache} and {@code ./llama cache} do that when
     * asked to. Models out of archives, checkpoints of one's own and adapters of other kinds than LoRA are not kept.
     */
    public LlamaBuilder mergeCache(Path folder) {
        mergeCache = Optional.of(folder);
        return this;
    }

    /**
     * Only what this lock names, as it names it: repositories at their commits, and every file with the hash that is locked.
     * Hashes that a hub's download has checked are believed; all other files are read for it each time.
     */
    public LlamaBuilder lock(ModelLock value) {
        lock = Optional.of(value);
        return this;
    }

    /** As {@link #lock(ModelLock)}, of a file named {@code llama.lock} or otherwise. */
    public LlamaBuilder lock(Path file) {
        return lock(ModelLock.read(file));
    }

    /** Texts written at the same time; the next waits. */
    public LlamaBuilder maxConcurrent(int value) {
        maxConcurrent = positive("maxConcurrent", value);
        return this;
    }

    /** A tokenizer file, or the folder it is in, for {@link #load()} instead of the model's or its adapters'. */
    public LlamaBuilder tokenizer(Path value) {
        tokenizer = Optional.of(value);
        return this;
    }

    /**
     * Reads every weight while opening and refuses a model with values that are no numbers or with matrices of zeros;
     * by default they are taken as they are.
     */
    public LlamaBuilder validateValues(boolean value) {
        validateValues = value;
        return this;
    }

    /** Quantizes the weights, base and adapters merged, while they are loaded or written. */
    public LlamaBuilder quantize(QuantRecipe value) {
        recipe = Optional.of(value);
        return this;
    }

    /** A file of llama.cpp's {@code llama-imatrix} that says which columns {@link #quantize} must treat with care. */
    public LlamaBuilder importanceMatrix(Path value) {
        importanceMatrix = Optional.of(value);
        return this;
    }

    public LlamaBuilder onProgress(ProgressListener value) {
        listener = value;
        return this;
    }

    /** Stops opening and loading with a {@code CancellationException}; has no effect on the texts written later. */
    public LlamaBuilder cancellation(Cancellation value) {
        cancellation = value;
        return this;
    }

    /**
     * What {@link #load} would do, found out by reading headers alone: whether everything fits together, what would be fetched,
     * what memory every way to run it takes, and which one it would be. What is wrong is said in the plan.
     *
     * @throws io.github.hanllama.core.error.LlamaException when something cannot be reached or read at all
     */
    public LoadPlan plan() {
        try (FitCheck fit = fit()) {
            return planner().plan(fit);
        }
    }

    private FitCheck fit() {
        cancellation.throwIfCancelled();
        FitCheck fit = new FitCheck();
        ModelOpener opener = opener();
        return OnFailure.close(fit, () -> {
            baseHeaders.accept(fit, opener);
            adapters.forEach(adapter -> fit.adapter(() -> adapter.apply(opener)));
            return fit;
        });
    }

    private Planner planner() {
        return new Planner(
                engine, options(Tuning.NONE), recipe, kvType, maxSequenceLength, maxMemory, Machine.memory());
    }

    /** What is set, and for the rest what fits the memory that there may be; found out before anything is fetched. */
    private Tuning tuning() {
        if (maxMemory.isEmpty()) {
            return Tuning.NONE.with(recipe);
        }
        try (FitCheck fit = fit()) {
            LoadPlan plan = planner().plan(fit);
            fit.refusal().ifPresent(refusal -> {
                throw refusal;
            });
            LoadChoice choice = plan.choice().orElseThrow();
            LOG.log(Level.INFO, "{0} ({1})", choice.describe(), choice.reason());
            return Tuning.of(choice, maxMemory.getAsLong());
        }
    }

    /**
     * The base with the adapters merged in, for writing or looking at; closing it closes all of it.
     *
     * @throws io.github.hanllama.core.error.LlamaException when something cannot be read or does not fit together
     */
    public Checkpoint openCheckpoint() {
        return openCheckpoint(recipe);
    }

    private Checkpoint openCheckpoint(Optional<QuantRecipe> type) {
        cancellation.throwIfCancelled();
        if (lock.isPresent() && source.isEmpty()) {
            throw new IllegalStateException("a checkpoint of your own cannot be in a lock");
        }
        boolean changed = !adapters.isEmpty() || type.isPresent();
        return mergeCache.isPresent() && changed ? kept(MergeCache.of(mergeCache.get()), type) : made(opener(), type);
    }

    private ModelOpener opener() {
        return new ModelOpener(lock, listener, cancellation);
    }

    private Checkpoint kept(MergeCache cache, Optional<QuantRecipe> type) {
        ModelOpener opener = opener();
        if (source.isEmpty()) {
            LOG.log(Level.WARNING, "a merge with a checkpoint of your own is not kept");
            return made(opener, type);
        }
        MergeParts parts = MergeParts.of(
                source.get(),
                adapters.stream().map(adapter -> adapter.apply(opener)).toList());
        type.ifPresent(value -> parts.option("quantize " + value));
        importanceMatrix.ifPresent(file ->
                parts.option("importance " + FileHash.sha256(file, bytes -> {}).hex()));
        if (validateValues) {
            parts.option("validated");
        }
        WriteOptions options = WriteOptions.DEFAULT.listener(listener).cancellation(cancellation);
        try (ModelOpener resolved = opener.resolving(parts.sources())) {
            return parts.key(resolved.files())
                    .map(key -> cache.open(key, () -> made(resolved, type), options))
                    .orElseGet(() -> made(resolved, type));
        }
    }

    private Checkpoint made(ModelOpener opener, Optional<QuantRecipe> type) {
        Checkpoint merged = base.apply(opener);
        for (Function<ModelOpener, Adapter> adapter : adapters) {
            Checkpoint below = merged;
            merged = OnFailure.close(below, () -> merge(below, adapter.apply(opener), opener));
        }
        Checkpoint checked = validateValues ? validated(merged) : merged;
        return OnFailure.close(checked, () -> quantized(checked, type));
    }

    /**
     * The model alone, for those who run it themselves.
     *
     * @throws io.github.hanllama.core.error.LlamaException when it cannot be opened or run
     */
    public LanguageModel loadModel() {
        Tuning tuning = tuning();
        Checkpoint checkpoint = openCheckpoint(tuning.recipe());
        return OnFailure.close(checkpoint, () -> loadModel(checkpoint, tuning));
    }

    /**
     * Everything, ready to write.
     *
     * @throws io.github.hanllama.core.error.LlamaException when it cannot be opened or run
     */
    public Generator load() {
        Tuning tuning = tuning();
        Checkpoint checkpoint = openCheckpoint(tuning.recipe());
        return OnFailure.close(checkpoint, () -> generator(checkpoint, tuning));
    }

    private Generator generator(Checkpoint checkpoint, Tuning tuning) {
        tokenizer.ifPresent(this::requireLocked);
        Optional<Tokenizer> vocabulary = tokenizer
                .map(path -> tokenizer(path, checkpoint.config().vocabSize()))
                .or(checkpoint::tokenizer);
        GeneratorOptions options = new GeneratorOptions(
                contextOf(checkpoint, tuning),
                GenerationSettings.eosTokenIds(checkpoint),
                maxConcurrent,
                GenerationSettings.chatTemplate(checkpoint, tokenizer));
        LanguageModel model = loadModel(checkpoint, tuning);
        return OnFailure.close(model, () -> Generator.of(model, vocabulary, options));
    }

    private void requireLocked(Path path) {
        if (lock.isPresent()) {
            ModelFiles files = ModelSources.path(path).resolve(listener, cancellation);
            OnFailure.close(files, () -> {
                        lock.get().require(files, listener, cancellation);
                        return files;
                    })
                    .close();
        }
    }

    private int contextOf(Checkpoint checkpoint, Tuning tuning) {
        OptionalInt context = tuning.context().isPresent() ? tuning.context() : maxSequenceLength;
        return context.orElseGet(() -> defaultContext(checkpoint.config()));
    }

    /** Tokens of a text when nobody said how many. */
    static int defaultContext(LlamaConfig config) {
        return Math.min(config.maxPositionEmbeddings(), DEFAULT_MAX_SEQUENCE_LENGTH);
    }

    private Checkpoint validated(Checkpoint checkpoint) {
        return OnFailure.close(checkpoint, () -> {
            WeightValues.check(checkpoint, cancellation);
            return checkpoint;
        });
    }

    private Checkpoint quantized(Checkpoint checkpoint, Optional<QuantRecipe> type) {
        if (type.isEmpty()) {
            if (importanceMatrix.isPresent()) {
                throw new IllegalStateException("an importance matrix is of use only where something is quantized");
            }
            return checkpoint;
        }
        QuantOptions options = new QuantOptions(type.get(), importanceMatrix.map(ImportanceMatrix::read), false);
        QuantizedCheckpoint quantized = QuantizedCheckpoint.of(checkpoint, options);
        quantized.report().fallbackNotice().ifPresent(summary -> LOG.log(Level.WARNING, summary));
        return quantized;
    }

    private static Checkpoint merge(Checkpoint below, Adapter adapter, ModelOpener opener) {
        AdapterWeights weights = opener.open(adapter.source(), adapter::open);
        return OnFailure.close(weights, () -> weights.mergeInto(below));
    }

    private LanguageModel loadModel(Checkpoint checkpoint, Tuning tuning) {
        cancellation.throwIfCancelled();
        EngineTask task = new EngineTask(
                checkpoint,
                options(tuning),
                contextOf(checkpoint, tuning),
                EngineTask.memoryBytes(maxMemory, Machine.memory()));
        LanguageModel model = engine.load(task, tuning.engine());
        LOG.log(Level.INFO, "{0}: engine {1} ({2})", checkpoint.origin(), model.describe(), engine.reason());
        return new OwningModel(model, checkpoint);
    }

    private EngineOptions options(Tuning tuning) {
        return new EngineOptions(
                device,
                threads,
                exactActivations,
                tuning.kvType().or(() -> kvType).orElse(EngineOptions.defaults().kvType()),
                maxKvBytes.orElse(tuning.maxKvBytes().orElse(Long.MAX_VALUE)),
                warmUp,
                packedCache,
                listener,
                cancellation);
    }

    private static Tokenizer tokenizer(Path path, int rows) {
        Tokenizer opened;
        try {
            opened = Tokenizers.load(path);
        } catch (TokenizerException e) {
            throw new ModelFormatException(path + ": " + e.getMessage(), e);
        }
        if (opened.vocabularySize() > rows) {
            throw new ModelFormatException(path + ": " + opened.vocabularySize() + " tokens, expected at most the "
                    + rows + " rows of the model; it belongs to another model");
        }
        return opened;
    }

    private static int positive(String name, int value) {
        return (int) positive(name, (long) value);
    }

    private static long positive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be >= 1, was " + value);
        }
        return value;
    }
}
