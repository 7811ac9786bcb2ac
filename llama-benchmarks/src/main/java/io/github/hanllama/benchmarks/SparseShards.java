package io.github.hanllama.benchmarks;

import io.github.hanllama.core.checkpoint.ExpectedTensors;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.meta.MetaNames;
import io.github.hanllama.core.checkpoint.meta.MetaNames.Rule;
import io.github.hanllama.core.checkpoint.write.SafetensorsLayout;
import io.github.hanllama.core.checkpoint.write.ShardLayout;
import io.github.hanllama.core.checkpoint.write.TorchLayout;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.MetaParams;
import io.github.hanllama.quant.DType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * Writes models and adapters of a real one's shape that take no room on the disk: files with holes where the values
 * would be, all of which read as zero; or with noise in them, where it matters that the disk is read and that values
 * differ.
 */
final class SparseShards {
    private static final String PROJECTION = "_proj.weight";

    private static final int NOISE_NUMBERS = 1 << 20;
    private static final double NOISE_RANGE = 0.03;

    private final LlamaConfig config;
    private final Map<String, List<Long>> shapes;
    private final boolean noisy;

    private SparseShards(LlamaConfig config, boolean noisy) {
        this.config = config;
        this.shapes = ExpectedTensors.of(config);
        this.noisy = noisy;
    }

    /** For models of these dimensions. */
    public SparseShards(LlamaConfig config) {
        this(config, false);
    }

    /** The same with 2 MB of small random numbers, over and over, instead of holes. */
    public SparseShards noisy() {
        return new SparseShards(config, true);
    }

    /** Writes a Hugging Face folder in F16: one safetensors file. */
    public void writeHuggingFace(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), HfConfig.write(config));
        List<TensorInfo> tensors = new ArrayList<>();
        shapes.forEach((name, shape) -> tensors.add(new TensorInfo(name, shape, DType.F16)));
        write(folder.resolve("model.safetensors"), new SafetensorsLayout(tensors));
    }

    /** Writes Meta's folder in F16, split over this many files as LLaMA was. */
    public void writeMeta(Path folder, int shards) throws IOException {
        String json = "{\"dim\": %d, \"n_layers\": %d, \"n_heads\": %d, \"norm_eps\": 1e-05, \"vocab_size\": -1}"
                .formatted(config.hiddenSize(), config.numHiddenLayers(), config.numAttentionHeads());
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("params.json"), json);
        MetaParams params = MetaParams.read(json.getBytes(StandardCharsets.UTF_8), "params.json");
        List<TensorInfo> tensors = new ArrayList<>();
        MetaNames.of(params.numLayers()).forEach((name, rule) -> tensors.add(part(name, rule, shards)));
        for (int i = 0; i < shards; i++) {
            write(folder.resolve("consolidated.%02d.pth".formatted(i)), new TorchLayout(tensors));
        }
    }

    private TensorInfo part(String name, Rule rule, int shards) {
        List<Long> whole = Objects.requireNonNull(shapes.get(rule.name()));
        List<Long> shape =
                switch (rule.split()) {
                    case ROWS -> List.of(whole.getFirst() / shards, whole.getLast());
                    case COLUMNS, COLUMNS_OR_ROWS -> List.of(whole.getFirst(), whole.getLast() / shards);
                    case COPIES -> whole;
                };
        return new TensorInfo(name, shape, DType.F16);
    }

    /** Writes a PEFT adapter: pairs of this rank on every projection, a new embedding and head of this many rows. */
    public void writeAdapter(Path folder, int rank, long vocabSize) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("adapter_config.json"), """
                {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": %d, "lora_alpha": 32, "bias": "none",
                 "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
                 "modules_to_save": ["embed_tokens", "lm_head"]}
                """.formatted(rank));
        List<TensorInfo> tensors = new ArrayList<>();
        shapes.forEach((name, shape) -> {
            if (name.endsWith(PROJECTION)) {
                String stem = "base_model.model." + name.substring(0, name.length() - "weight".length());
                tensors.add(info(stem + "lora_A.weight", rank, shape.getLast()));
                tensors.add(info(stem + "lora_B.weight", shape.getFirst(), rank));
            }
        });
        for (String replaced : List.of(TensorNames.EMBED_TOKENS, TensorNames.LM_HEAD)) {
            tensors.add(info("base_model.model." + replaced, vocabSize, config.hiddenSize()));
        }
        write(folder.resolve("adapter_model.safetensors"), new SafetensorsLayout(tensors));
    }

    private static TensorInfo info(String name, long... shape) {
        return new TensorInfo(name, LongStream.of(shape).boxed().toList(), DType.F16);
    }

    private void write(Path file, ShardLayout layout) throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(layout.size());
            if (noisy) {
                fill(sparse, layout);
            }
            List<Long> unchecked = Collections.nCopies(layout.tensors().size(), 0L);
            for (ShardLayout.Piece piece : layout.frame(unchecked)) {
                sparse.getChannel().write(piece.bytes(), piece.position());
            }
        }
    }

    /** From the first number on, so that none is cut in two. */
    private static void fill(RandomAccessFile file, ShardLayout layout) throws IOException {
        ByteBuffer noise = noise();
        for (long at = layout.offset(0); at < layout.size(); at += noise.limit()) {
            int length = (int) Math.min(noise.limit(), layout.size() - at);
            file.getChannel().write(noise.slice(0, length), at);
        }
    }

    private static ByteBuffer noise() {
        SplittableRandom random = new SplittableRandom(1);
        ByteBuffer noise =
                ByteBuffer.allocateDirect(Short.BYTES * NOISE_NUMBERS).order(ByteOrder.LITTLE_ENDIAN);
        while (noise.hasRemaining()) {
            noise.putShort(Float.floatToFloat16((float) random.nextDouble(-NOISE_RANGE, NOISE_RANGE)));
        }
        return noise.flip();
    }
}
