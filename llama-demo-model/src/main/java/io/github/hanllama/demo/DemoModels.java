package io.github.hanllama.demo;

import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationConfigBuilder;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import java.util.HashMap;
import java.util.Map;

/**
 * A family in miniature, trained the way the Chinese LLaMAs were: an English base, a LoRA that brings it Chinese with a
 * vocabulary of its own, and a second LoRA that follows instructions. It writes classical verse; the model cards beside
 * the weights say how well.
 *
 * <pre>{@code
 * try (Generator generator = Llama.from(DemoModels.base())
 *         .adapt(DemoModels.chineseLlama())
 *         .adapt(DemoModels.chineseAlpaca())
 *         .load()) {
 *     GenerationConfig config = DemoModels.verse().seed(1).build();
 *     try (Chat chat = Chat.builder(generator).config(config).build()) {
 *         System.out.println(chat.send("请写一首题为《秋夜》的七言绝句。").text());
 *     }
 * }
 * }</pre>
 *
 * Merging needs the module {@code llama-lora}. The second adapter was trained on the first and is nothing without it.
 */
public final class DemoModels {
    private static final String FOLDER = "META-INF/hanllama/";
    private static final int FIRST_BYTE = 3; // after the unknown, the beginning and the end
    private static final int BYTES = 256;

    private DemoModels() {}

    /** {@code tiny-llama}: English, 4 layers of width 256, vocabulary 2000, bf16. */
    public static ModelSource base() {
        return source("tiny-llama", "config.json", "generation_config.json", "model.safetensors", "tokenizer.model");
    }

    /** {@code tiny-chinese-llama-lora}: Chinese verse and classics; continues what it is given. */
    public static ModelSource chineseLlama() {
        return adapter("tiny-chinese-llama-lora");
    }

    /** {@code tiny-chinese-alpaca-lora}: follows instructions in the Alpaca template, on top of {@link #chineseLlama()}. */
    public static ModelSource chineseAlpaca() {
        return adapter("tiny-chinese-alpaca-lora");
    }

    /**
     * How verse is best sampled: temperature 0.7 among all pieces, but none for single bytes except the line break. So the
     * family keeps to characters that it has seen; the model cards say what that does for the form.
     */
    public static GenerationConfigBuilder verse() {
        Map<Integer, Float> barred = new HashMap<>();
        for (int value = 0; value < BYTES; value++) {
            if (value != '\n') {
                barred.put(FIRST_BYTE + value, Float.NEGATIVE_INFINITY);
            }
        }
        return GenerationConfig.builder().temperature(0.7).maxNewTokens(96).logitBias(barred);
    }

    private static ModelSource adapter(String name) {
        return source(name, "adapter_config.json", "adapter_model.safetensors", "tokenizer.model");
    }

    private static ModelSource source(String name, String... files) {
        return ModelSources.classPath(DemoModels.class, FOLDER + name, files);
    }
}
