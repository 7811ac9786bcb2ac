package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * A base with one adapter merged in, computed when it is read. A chain is one of these over another, so every adapter
 * rounds once, as if the model had been written in between.
 */
final class MergedCheckpoint implements Checkpoint {
    private static final System.Logger LOG = System.getLogger(MergedCheckpoint.class.getName());

    private final Checkpoint base;
    private final LoraWeights adapter;
    private final LlamaConfig config;
    private final SequencedMap<String, Tensor> tensors;
    private volatile String identity = "";
    private volatile boolean closed;

    private MergedCheckpoint(
            Checkpoint base, LoraWeights adapter, LlamaConfig config, SequencedMap<String, Tensor> tensors) {
        this.base = base;
        this.adapter = adapter;
        this.config = config;
        this.tensors = tensors;
    }

    /** The two must have been found to fit. */
    static MergedCheckpoint of(Checkpoint base, LoraWeights adapter) {
        boolean tied = base.config().tieWordEmbeddings() && !unties(adapter);
        LlamaConfig config = adapter.overrides().applyTo(base.config()).toBuilder()
                .tieWordEmbeddings(tied)
                .build();
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        warnOfBlocks(base, adapter);
        for (TensorInfo info : base.tensors()) {
            tensors.put(info.name(), merged(info.name(), base.tensor(info.name()), adapter));
        }
        if (tied && adapter.changedTensors().contains(TensorNames.EMBED_TOKENS)) {
            tensors.remove(TensorNames.LM_HEAD); // a written copy of the old embedding
        } else if (base.config().tieWordEmbeddings() && !tied) {
            tensors.put(TensorNames.LM_HEAD, merged(TensorNames.LM_HEAD, tiedHead(base, adapter), adapter));
        }
        return new MergedCheckpoint(base, adapter, config, tensors);
    }

    private static void warnOfBlocks(Checkpoint base, LoraWeights adapter) {
        List<TensorInfo> blocks = base.tensors().stream()
                .filter(info -> info.dtype().isBlocks())
                .filter(info -> adapter.changedTensors().contains(info.name()))
                .toList();
        if (!blocks.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0}: {1} of the tensors it changes are quantized in {2}; they are computed in f32 and, when written,"
                            + " quantized once more",
                    adapter.origin(),
                    blocks.size(),
                    base.origin());
        }
    }

    /** A head of its own, or a pair that in training was on one of the two alone. */
    private static boolean unties(LoraWeights adapter) {
        return adapter.changedTensors().contains(TensorNames.LM_HEAD)
                || adapter.layout().additions().containsKey(TensorNames.EMBED_TOKENS);
    }

    /** The embedding in its second role, before a pair tears them apart. */
    private static Tensor tiedHead(Checkpoint base, LoraWeights adapter) {
        Tensor embedding = base.tensor(TensorNames.EMBED_TOKENS);
        return NamedTensor.of(TensorNames.LM_HEAD, replaced(TensorNames.EMBED_TOKENS, embedding, adapter));
    }

    private static Tensor merged(String name, Tensor base, LoraWeights adapter) {
        Tensor start = replaced(name, base, adapter);
        return adapter.addition(name)
                .map(change -> added(start, base.info().dtype(), change, adapter))
                .orElse(start);
    }

    private static Tensor replaced(String name, Tensor base, LoraWeights adapter) {
        return adapter.whole(name)
                .map(whole -> cast(whole, base.info().dtype(), adapter))
                .orElse(base);
    }

    private static Tensor added(Tensor start, DType baseType, AddLowRank change, LoraWeights adapter) {
        DType dtype = baseType.isFloatingPoint() ? baseType : DType.F32;
        TensorInfo info = new TensorInfo(start.info().name(), start.info().shape(), dtype);
        return new RoundedTensor(info, new LowRankRows(start, change), adapter.origin());
    }

    private static Tensor cast(Tensor tensor, DType dtype, LoraWeights adapter) {
        if (!dtype.isFloatingPoint() || dtype == tensor.info().dtype()) {
            return tensor;
        }
        TensorInfo info = new TensorInfo(tensor.info().name(), tensor.info().shape(), dtype);
        return new RoundedTensor(info, tensor::readRows, adapter.origin());
    }

    /**
     * The checkpoint without one of its adapters, on the same base; takes over what is left of it.
     *
     * @throws io.github.hanllama.core.error.AdapterMismatchException when an adapter after it does not fit what is below it then
     */
    static Checkpoint without(MergedCheckpoint top, String adapterIdentity) {
        List<LoraWeights> above = new ArrayList<>();
        MergedCheckpoint part = top;
        while (!part.adapter.identity().equals(adapterIdentity)) {
            above.addFirst(part.adapter);
            part = (MergedCheckpoint) part.base;
        }
        Checkpoint rest = part.base;
        for (LoraWeights next : above) {
            rest = next.mergeInto(rest);
        }
        part.adapter.close();
        for (MergedCheckpoint old = top; old != part; old = (MergedCheckpoint) old.base) {
            old.closed = true;
        }
        part.closed = true;
        return rest;
    }

    /** The adapters merged so far, in order. */
    static Stream<LoraWeights> adapters(Checkpoint checkpoint) {
        return checkpoint instanceof MergedCheckpoint merged
                ? Stream.concat(adapters(merged.base), Stream.of(merged.adapter))
                : Stream.empty();
    }

    @Override
    public String origin() {
        return base.origin() + " + " + adapter.origin();
    }

    @Override
    public LlamaConfig config() {
        return config;
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return adapter.tokenizer().or(base::tokenizer);
    }

    @Override
    public Optional<String> chatTemplate() {
        return base.chatTemplate();
    }

    @Override
    public List<TensorInfo> tensors() {
        return tensors.values().stream().map(Tensor::info).toList();
    }

    @Override
    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    @Override
    public Tensor tensor(String name) {
        if (closed) {
            throw new IllegalStateException(origin() + " is closed");
        }
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(origin() + " has no tensor " + name);
        }
        return tensor;
    }

    @Override
    public DType writtenType(String name) {
        return base.contains(name)
                ? base.writtenType(name)
                : tensor(name).info().dtype();
    }

    @Override
    public Optional<QuantRecipe> recipe() {
        return base.recipe();
    }

    @Override
    public List<Path> weightFiles() {
        return Stream.concat(base.weightFiles().stream(), Stream.of(adapter.file()))
                .toList();
    }

    @Override
    public List<Path> companionFiles() {
        return CompanionFiles.merge(base.companionFiles(), adapter.companionFiles());
    }

    @Override
    public String identity() {
        if (identity.isEmpty()) {
            identity = Sha256.of("merged LoRA", base.identity(), adapter.identity());
        }
        return identity;
    }

    /** An adapter is small enough to be read. */
    @Override
    public Optional<String> fileIdentity() {
        return base.fileIdentity().map(files -> Sha256.of("merged LoRA", files, adapter.identity()));
    }

    @Override
    public boolean headersOnly() {
        return base.headersOnly() || adapter.headersOnly();
    }

    @Override
    public void close() {
        closed = true;
        adapter.close();
        base.close();
    }
}
