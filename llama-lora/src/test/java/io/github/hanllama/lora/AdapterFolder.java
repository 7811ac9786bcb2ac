package io.github.hanllama.lora;

import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Writes an adapter for a test: a configuration, tensors by their stored names, and a folder of both. */
final class AdapterFolder {
    static final String PREFIX = "base_model.model.";

    private final Path folder;
    private final Random random = new Random(7);
    private final Map<String, String> config = new LinkedHashMap<>(
            Map.of("peft_type", "\"LORA\"", "r", "2", "lora_alpha", "4", "target_modules", "[\"q_proj\", \"v_proj\"]"));
    private final Map<String, Entry> tensors = new LinkedHashMap<>();

    private record Entry(DType dtype, List<Integer> shape, byte[] bytes) {}

    AdapterFolder(Path folder) {
        this.folder = folder;
    }

    /** A setting as JSON. */
    AdapterFolder set(String key, String json) {
        config.put(key, json);
        return this;
    }

    AdapterFolder unset(String key) {
        config.remove(key);
        return this;
    }

    /** A pair for a module such as {@code model.layers.0.self_attn.q_proj}. */
    AdapterFolder pair(String module, int out, int rank, int in) {
        return random(PREFIX + module + ".lora_A.weight", rank, in)
                .random(PREFIX + module + ".lora_B.weight", out, rank);
    }

    /** The pairs of {@code target_modules} for the layers of {@link TinyModel}. */
    AdapterFolder pairs(int width) {
        for (int layer = 0; layer < TinyModel.LAYERS; layer++) {
            pair("model.layers." + layer + ".self_attn.q_proj", width, 2, width);
            pair("model.layers." + layer + ".self_attn.v_proj", width, 2, width);
        }
        return this;
    }

    /** Whole embeddings and head. */
    AdapterFolder vocabulary(int rows, int width) {
        return random(PREFIX + "model.embed_tokens.weight", rows, width).random(PREFIX + "lm_head.weight", rows, width);
    }

    AdapterFolder random(String name, int... shape) {
        float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return tensor(name, DType.F32, values, shape);
    }

    AdapterFolder tensor(String name, DType dtype, float[] values, int... shape) {
        byte[] bytes = new byte[(int) dtype.bytes(values.length)];
        StoredFloats.write(dtype, values, 0, values.length, MemorySegment.ofArray(bytes), 0);
        return stored(name, dtype, bytes, shape);
    }

    AdapterFolder stored(String name, DType dtype, byte[] bytes, int... shape) {
        tensors.put(name, new Entry(dtype, Arrays.stream(shape).boxed().toList(), bytes));
        return this;
    }

    AdapterFolder copy(String from, String to) {
        tensors.put(to, tensors.get(from));
        return this;
    }

    AdapterFolder remove(String name) {
        tensors.remove(name);
        return this;
    }

    AdapterFolder file(String name, String content) {
        return write(folder.resolve(name), content.getBytes(StandardCharsets.UTF_8));
    }

    AdapterFolder file(Path original) {
        try {
            return write(folder.resolve(original.getFileName()), Files.readAllBytes(original));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    FolderFiles files() {
        String json = String.join(
                ",",
                config.entrySet().stream()
                        .map(e -> "\"" + e.getKey() + "\":" + e.getValue())
                        .toList());
        write(folder.resolve("adapter_config.json"), ("{" + json + "}").getBytes(StandardCharsets.UTF_8));
        write(folder.resolve("adapter_model.safetensors"), safetensors());
        return FolderFiles.of(folder);
    }

    LoraWeights open() {
        return files().open();
    }

    private AdapterFolder write(Path file, byte[] content) {
        try {
            Files.createDirectories(folder);
            Files.write(file, content);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] safetensors() {
        StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        tensors.forEach((name, entry) -> {
            int begin = data.size();
            data.writeBytes(entry.bytes);
            header.append(",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                    .formatted(name, entry.dtype, entry.shape, begin, data.size()));
        });
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + json.length + data.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data.toByteArray())
                .array();
    }
}
