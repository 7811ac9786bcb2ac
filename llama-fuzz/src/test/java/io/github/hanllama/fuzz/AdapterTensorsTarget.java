package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.lora.LoraAdapter;
import io.github.hanllama.testdata.TestData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;

/**
 * The names and shapes of an adapter's tensors: lines of {@code dtype shape name} become a sound safetensors file, as far
 * as they can, of at most a few kilobytes of zeros.
 */
final class AdapterTensorsTarget implements FuzzTarget {
    private static final String NAME = "adapter_model.safetensors";
    private static final String FOLDER = "hf/lora_layers/adapter";
    private static final int MAX_DATA = 1 << 16;

    private final ModelFiles adapter = PatchedFiles.fixture(FOLDER);
    private final Scratch scratch = Scratch.create();

    @Override
    public void run(byte[] input) {
        PatchedFiles files = PatchedFiles.of(adapter, scratch, NAME, file(input));
        AdapterInfo info = LoraAdapter.of(TestData.path(FOLDER)).inspect(files);
        assertThat(info.toString()).isNotEmpty();
        LoraAdapter.of(TestData.path(FOLDER)).open(files).close();
    }

    private static byte[] file(byte[] lines) {
        StringBuilder header = new StringBuilder("{");
        long offset = 0;
        for (String line : new String(lines, StandardCharsets.UTF_8).split("\n", -1)) {
            String[] words = line.split(" ", 3);
            if (words.length == 3) {
                long end = offset + bytes(words);
                header.append(header.length() > 1 ? "," : "")
                        .append('"')
                        .append(words[2])
                        .append("\":{\"dtype\":\"")
                        .append(words[0])
                        .append("\",\"shape\":[")
                        .append(words[1])
                        .append("],\"data_offsets\":[")
                        .append(offset)
                        .append(',')
                        .append(end)
                        .append("]}");
                offset = end;
            }
        }
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + json.length + (int) offset)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    private static long bytes(String[] words) {
        try {
            long bytes = words[0].endsWith("32") ? 4 : 2;
            for (String size : words[1].isEmpty() ? new String[0] : words[1].split(",")) {
                bytes = Math.multiplyExact(bytes, Long.parseLong(size));
            }
            return bytes >= 0 && bytes <= MAX_DATA ? bytes : 0;
        } catch (ArithmeticException | NumberFormatException e) {
            return 0;
        }
    }

    @Override
    public void seeds(Seeds seeds) {
        Seeds.of("adapter_config", new AdapterConfigTarget()).keySet().stream()
                .map(config -> config.replace("adapter_config.json", NAME))
                .filter(name -> TestData.find(name).isPresent())
                .forEach(name -> seeds.add(name, lines(TestData.path(name))));
        seeds.text("F32 8,64 base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight\n"
                + "F32 64,8 base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight\n"
                + "F32 64 base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector\n"
                + "F16 4,8 base_model.model.model.embed_tokens.weight\nF16 4,8 base_model.model.lm_head.weight\n");
    }

    private static byte[] lines(Path path) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            return file.tensors().stream()
                    .map(info -> info.dtype() + " "
                            + info.shape().stream().map(String::valueOf).collect(Collectors.joining(",")) + " "
                            + info.name())
                    .collect(Collectors.joining("\n"))
                    .getBytes(StandardCharsets.UTF_8);
        }
    }
}
