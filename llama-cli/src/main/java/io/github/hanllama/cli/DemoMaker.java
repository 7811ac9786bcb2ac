package io.github.hanllama.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Writes the base and the adapter of {@code ./llama demo} while the project is built: seeded random weights in the
 * published layout, the adapter with a bigger vocabulary as the Chinese ones have. Needs nothing but the JDK, because it
 * runs before anything is packaged.
 */
final class DemoMaker {
    private static final int HIDDEN = 64;
    private static final int INTERMEDIATE = 176;
    private static final int LAYERS = 4;
    private static final int KEY_VALUE_WIDTH = 32;
    private static final int BASE_VOCABULARY = 512;
    private static final int GROWN_VOCABULARY = 640;
    private static final int RANK = 8;

    private static final String BASE_CONFIG = """
            {
              "architectures": ["LlamaForCausalLM"],
              "model_type": "llama",
              "bos_token_id": 1,
              "eos_token_id": 2,
              "hidden_act": "silu",
              "hidden_size": %d,
              "intermediate_size": %d,
              "max_position_embeddings": 512,
              "num_attention_heads": 4,
              "num_hidden_layers": %d,
              "num_key_value_heads": 2,
              "rms_norm_eps": 1e-05,
              "tie_word_embeddings": false,
              "torch_dtype": "float16",
              "vocab_size": %d
            }
            """;

    private static final String ADAPTER_CONFIG = """
            {
              "peft_type": "LORA",
              "task_type": "CAUSAL_LM",
              "base_model_name_or_path": "demo/base",
              "r": %d,
              "lora_alpha": %d,
              "bias": "none",
              "fan_in_fan_out": false,
              "modules_to_save": ["embed_tokens", "lm_head"],
              "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
            }
            """;

    private final SplittableRandom random;
    private final Map<String, HalfTensor> tensors = new LinkedHashMap<>();

    private DemoMaker(long seed) {
        random = new SplittableRandom(seed);
    }

    /** @param args the folder to write to, the folder of the two tokenizers */
    public static void main(String[] args) throws IOException {
        Path target = Path.of(args[0]);
        Path tokenizers = Path.of(args[1]);
        writeBase(target.resolve("base"), tokenizers.resolve("tok512.model"));
        writeAdapter(target.resolve("adapter"), tokenizers.resolve("merged640.model"));
    }

    private static void writeBase(Path folder, Path tokenizer) throws IOException {
        DemoMaker maker = new DemoMaker(20230513);
        maker.add("model.embed_tokens.weight", BASE_VOCABULARY, HIDDEN, 1);
        for (int layer = 0; layer < LAYERS; layer++) {
            for (Linear linear : Linear.ALL) {
                maker.add(linear.name(layer) + ".weight", linear.out(), linear.in(), linear.deviation());
            }
            maker.addOnes("model.layers." + layer + ".input_layernorm.weight");
            maker.addOnes("model.layers." + layer + ".post_attention_layernorm.weight");
        }
        maker.addOnes("model.norm.weight");
        maker.add("lm_head.weight", BASE_VOCABULARY, HIDDEN, 3 / Math.sqrt(HIDDEN));
        maker.write(folder.resolve("model.safetensors"));
        Files.writeString(
                folder.resolve("config.json"), BASE_CONFIG.formatted(HIDDEN, INTERMEDIATE, LAYERS, BASE_VOCABULARY));
        Files.copy(tokenizer, folder.resolve("tokenizer.model"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void writeAdapter(Path folder, Path tokenizer) throws IOException {
        DemoMaker maker = new DemoMaker(20240117);
        String prefix = "base_model.model.";
        maker.add(prefix + "model.embed_tokens.weight", GROWN_VOCABULARY, HIDDEN, 1);
        for (int layer = 0; layer < LAYERS; layer++) {
            for (Linear linear : Linear.ALL) {
                String name = prefix + linear.name(layer);
                maker.add(name + ".lora_A.weight", RANK, linear.in(), linear.deviation());
                maker.add(name + ".lora_B.weight", linear.out(), RANK, 0.1);
            }
        }
        maker.add(prefix + "lm_head.weight", GROWN_VOCABULARY, HIDDEN, 3 / Math.sqrt(HIDDEN));
        maker.write(folder.resolve("adapter_model.safetensors"));
        Files.writeString(folder.resolve("adapter_config.json"), ADAPTER_CONFIG.formatted(RANK, 2 * RANK));
        Files.copy(tokenizer, folder.resolve("tokenizer.model"), StandardCopyOption.REPLACE_EXISTING);
    }

    private void add(String name, int rows, int columns, double deviation) {
        ByteBuffer bytes = ByteBuffer.allocate(rows * columns * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putShort(Float.floatToFloat16((float) (deviation * gaussian())));
        }
        tensors.put(name, new HalfTensor(List.of(rows, columns), bytes.flip()));
    }

    private void addOnes(String name) {
        ByteBuffer bytes = ByteBuffer.allocate(HIDDEN * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putShort(Float.floatToFloat16(1));
        }
        tensors.put(name, new HalfTensor(List.of(HIDDEN), bytes.flip()));
    }

    /** The sum of twelve uniform numbers: the same bits on every machine, which a logarithm does not promise. */
    private double gaussian() {
        double sum = -6;
        for (int i = 0; i < 12; i++) {
            sum += random.nextDouble();
        }
        return sum;
    }

    private void write(Path file) throws IOException {
        StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        int offset = 0;
        for (Map.Entry<String, HalfTensor> entry : tensors.entrySet()) {
            HalfTensor tensor = entry.getValue();
            int end = offset + tensor.bytes().limit();
            header.append(",\"%s\":{\"dtype\":\"F16\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
                    .formatted(
                            entry.getKey(),
                            tensor.shape().stream().map(String::valueOf).collect(Collectors.joining(",")),
                            offset,
                            end));
            offset = end;
        }
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        Files.createDirectories(file.getParent());
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .array());
            out.write(json);
            for (HalfTensor tensor : tensors.values()) {
                out.write(tensor.bytes().array());
            }
        }
    }

    /** Rows of f16. */
    private record HalfTensor(List<Integer> shape, ByteBuffer bytes) {}

    /** A projection of a layer. */
    private record Linear(String path, int out, int in) {
        static final List<Linear> ALL = List.of(
                new Linear("self_attn.q_proj", HIDDEN, HIDDEN),
                new Linear("self_attn.k_proj", KEY_VALUE_WIDTH, HIDDEN),
                new Linear("self_attn.v_proj", KEY_VALUE_WIDTH, HIDDEN),
                new Linear("self_attn.o_proj", HIDDEN, HIDDEN),
                new Linear("mlp.gate_proj", INTERMEDIATE, HIDDEN),
                new Linear("mlp.up_proj", INTERMEDIATE, HIDDEN),
                new Linear("mlp.down_proj", HIDDEN, INTERMEDIATE));

        String name(int layer) {
            return "model.layers." + layer + "." + path;
        }

        double deviation() {
            return 1 / Math.sqrt(in);
        }
    }
}
