package io.github.hanllama.demo;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.LlamaBuilder;

/** The three models of the family, by their names in {@code golden.json}. */
enum Stage {
    BASE("base"),
    CHINESE_LLAMA("chineseLlama"),
    CHINESE_ALPACA("chineseAlpaca");

    final String key;

    Stage(String key) {
        this.key = key;
    }

    LlamaBuilder builder() {
        LlamaBuilder builder = Llama.from(DemoModels.base());
        if (this != BASE) {
            builder.adapt(DemoModels.chineseLlama());
        }
        if (this == CHINESE_ALPACA) {
            builder.adapt(DemoModels.chineseAlpaca());
        }
        return builder;
    }
}
