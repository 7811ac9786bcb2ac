package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.ExpectedTensors;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** A base in memory: two layers, the modules an adapter may change, random weights. */
final class TinyModel implements Checkpoint {
    static final int LAYERS = 2;
    static final int WIDTH = 8;

    private final LlamaConfig config;
    private final Map<String, Tensor> tensors;
    private final Optional<Tokenizer> tokenizer;
    boolean closed;

    private TinyModel(LlamaConfig config, Map<String, Tensor> tensors, Optional<Tokenizer> tokenizer) {
        this.config = config;
        this.tensors = tensors;
        this.tokenizer = tokenizer;
    }

    static TinyModel of(DType dtype, int vocabSize) {
        return of(dtype, config(vocabSize).build());
    }

    static TinyModel tied(DType dtype, int vocabSize) {
        return of(dtype, config(vocabSize).tieWordEmbeddings(true).build());
    }

    private static io.github.hanllama.core.config.LlamaConfigBuilder config(int vocabSize) {
        return LlamaConfig.builder()
                .hiddenSize(WIDTH)
                .intermediateSize(2 * WIDTH)
                .numHiddenLayers(LAYERS)
                .numAttentionHeads(2)
                .vocabSize(vocabSize);
    }

    private static TinyModel of(DType dtype, LlamaConfig config) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Random random = new Random(3);
        put(tensors, random, dtype, TensorNames.EMBED_TOKENS, config.vocabSize(), WIDTH);
        for (int layer = 0; layer < LAYERS; layer++) {
            put(tensors, random, dtype, TensorNames.weight(layer, TensorNames.Module.Q_PROJ), WIDTH, WIDTH);
            put(tensors, random, dtype, TensorNames.weight(layer, TensorNames.Module.V_PROJ), WIDTH, WIDTH);
            put(tensors, random, dtype, TensorNames.weight(layer, TensorNames.Module.DOWN_PROJ), WIDTH, 2 * WIDTH);
        }
        put(tensors, random, dtype, TensorNames.NORM, WIDTH);
        if (!config.tieWordEmbeddings()) {
            put(tensors, random, dtype, TensorNames.LM_HEAD, config.vocabSize(), WIDTH);
        }
        return new TinyModel(config, tensors, Optional.empty());
    }

    /** With every tensor of its configuration, so that an engine can run it. */
    static TinyModel runnable(DType dtype, int vocabSize) {
        LlamaConfig config = config(vocabSize).build();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Random random = new Random(3);
        ExpectedTensors.of(config)
                .forEach((name, shape) -> put(
                        tensors,
                        random,
                        dtype,
                        name,
                        shape.stream().mapToLong(Long::longValue).toArray()));
        return of(config, tensors);
    }

    /** Any tensors; the caller says what they are. */
    static TinyModel of(LlamaConfig config, Map<String, Tensor> tensors) {
        return new TinyModel(config, tensors, Optional.empty());
    }

    TinyModel with(Tokenizer own) {
        return new TinyModel(config, tensors, Optional.of(own));
    }

    private static void put(Map<String, Tensor> tensors, Random random, DType dtype, String name, long... shape) {
        TensorInfo info =
                new TensorInfo(name, java.util.Arrays.stream(shape).boxed().toList(), dtype);
        float[] values = new float[(int) info.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        tensors.put(name, MemoryTensor.of(info, values));
    }

    @Override
    public String origin() {
        return "tiny";
    }

    @Override
    public LlamaConfig config() {
        return config;
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return tokenizer;
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
        return tensors.get(name);
    }

    @Override
    public List<Path> weightFiles() {
        return List.of(Path.of("model.safetensors"));
    }

    @Override
    public List<Path> companionFiles() {
        return List.of(Path.of("base", "tokenizer.json"), Path.of("base", "generation_config.json"));
    }

    @Override
    public Optional<String> fileIdentity() {
        return Optional.of("files of " + identity());
    }

    @Override
    public String identity() {
        return "tiny";
    }

    @Override
    public void close() {
        closed = true;
    }
}
