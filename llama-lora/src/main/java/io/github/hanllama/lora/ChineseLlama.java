package io.github.hanllama.lora;

import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The published Chinese LLaMA models: three generations of Chinese-LLaMA-Alpaca, OpenChineseLLaMA and Chinese-LlaMA2, and the
 * bases they need.
 *
 * <pre>{@code
 * try (Generator alpaca = ChineseLlama.ALPACA_2_7B.load()) {
 *     System.out.println(alpaca.generate("你好").text());
 * }
 *
 * // LLaMA-7B from a folder, then Chinese-LLaMA-Plus-7B and Chinese-Alpaca-Pro-7B from the hub:
 * ModelSource llama = ModelSources.path(Path.of("llama-7b"));
 * ChineseLlama.ALPACA_PRO_7B.builder(llama, HubOptions.fromEnvironment(HubKind.HUGGING_FACE)).load();
 * }</pre>
 */
public final class ChineseLlama {
    private static final SequencedMap<String, CatalogueModel> MODELS = Catalogue.read();

    public static final CatalogueModel LLAMA_7B = named("chinese-llama-7b");
    public static final CatalogueModel LLAMA_13B = named("chinese-llama-13b");
    public static final CatalogueModel LLAMA_33B = named("chinese-llama-33b");
    public static final CatalogueModel LLAMA_PLUS_7B = named("chinese-llama-plus-7b");
    public static final CatalogueModel LLAMA_PLUS_13B = named("chinese-llama-plus-13b");
    public static final CatalogueModel LLAMA_PLUS_33B = named("chinese-llama-plus-33b");
    public static final CatalogueModel ALPACA_7B = named("chinese-alpaca-7b");
    public static final CatalogueModel ALPACA_13B = named("chinese-alpaca-13b");
    public static final CatalogueModel ALPACA_33B = named("chinese-alpaca-33b");
    public static final CatalogueModel ALPACA_PLUS_7B = named("chinese-alpaca-plus-7b");
    public static final CatalogueModel ALPACA_PLUS_13B = named("chinese-alpaca-plus-13b");
    public static final CatalogueModel ALPACA_PLUS_33B = named("chinese-alpaca-plus-33b");
    public static final CatalogueModel ALPACA_PRO_7B = named("chinese-alpaca-pro-7b");
    public static final CatalogueModel ALPACA_PRO_13B = named("chinese-alpaca-pro-13b");
    public static final CatalogueModel ALPACA_PRO_33B = named("chinese-alpaca-pro-33b");
    public static final CatalogueModel LLAMA_2_1_3B = named("chinese-llama-2-1.3b");
    public static final CatalogueModel LLAMA_2_7B = named("chinese-llama-2-7b");
    public static final CatalogueModel LLAMA_2_LORA_7B = named("chinese-llama-2-lora-7b");
    public static final CatalogueModel LLAMA_2_13B = named("chinese-llama-2-13b");
    public static final CatalogueModel LLAMA_2_LORA_13B = named("chinese-llama-2-lora-13b");
    public static final CatalogueModel LLAMA_2_7B_16K = named("chinese-llama-2-7b-16k");
    public static final CatalogueModel LLAMA_2_LORA_7B_16K = named("chinese-llama-2-lora-7b-16k");
    public static final CatalogueModel LLAMA_2_13B_16K = named("chinese-llama-2-13b-16k");
    public static final CatalogueModel LLAMA_2_LORA_13B_16K = named("chinese-llama-2-lora-13b-16k");
    public static final CatalogueModel LLAMA_2_7B_64K = named("chinese-llama-2-7b-64k");
    public static final CatalogueModel LLAMA_2_LORA_7B_64K = named("chinese-llama-2-lora-7b-64k");
    public static final CatalogueModel ALPACA_2_1_3B = named("chinese-alpaca-2-1.3b");
    public static final CatalogueModel ALPACA_2_7B = named("chinese-alpaca-2-7b");
    public static final CatalogueModel ALPACA_2_LORA_7B = named("chinese-alpaca-2-lora-7b");
    public static final CatalogueModel ALPACA_2_13B = named("chinese-alpaca-2-13b");
    public static final CatalogueModel ALPACA_2_LORA_13B = named("chinese-alpaca-2-lora-13b");
    public static final CatalogueModel ALPACA_2_7B_16K = named("chinese-alpaca-2-7b-16k");
    public static final CatalogueModel ALPACA_2_LORA_7B_16K = named("chinese-alpaca-2-lora-7b-16k");
    public static final CatalogueModel ALPACA_2_13B_16K = named("chinese-alpaca-2-13b-16k");
    public static final CatalogueModel ALPACA_2_LORA_13B_16K = named("chinese-alpaca-2-lora-13b-16k");
    public static final CatalogueModel ALPACA_2_7B_64K = named("chinese-alpaca-2-7b-64k");
    public static final CatalogueModel ALPACA_2_LORA_7B_64K = named("chinese-alpaca-2-lora-7b-64k");
    public static final CatalogueModel ALPACA_2_1_3B_RLHF = named("chinese-alpaca-2-1.3b-rlhf");
    public static final CatalogueModel ALPACA_2_7B_RLHF = named("chinese-alpaca-2-7b-rlhf");
    public static final CatalogueModel LLAMA_3_8B = named("llama-3-chinese-8b");
    public static final CatalogueModel LLAMA_3_8B_LORA = named("llama-3-chinese-8b-lora");
    public static final CatalogueModel LLAMA_3_8B_INSTRUCT = named("llama-3-chinese-8b-instruct");
    public static final CatalogueModel LLAMA_3_8B_INSTRUCT_LORA = named("llama-3-chinese-8b-instruct-lora");
    public static final CatalogueModel LLAMA_3_8B_INSTRUCT_V2 = named("llama-3-chinese-8b-instruct-v2");
    public static final CatalogueModel LLAMA_3_8B_INSTRUCT_V2_LORA = named("llama-3-chinese-8b-instruct-v2-lora");
    public static final CatalogueModel LLAMA_3_8B_INSTRUCT_V3 = named("llama-3-chinese-8b-instruct-v3");
    public static final CatalogueModel OPEN_CHINESE_LLAMA_7B = named("open-chinese-llama-7b");
    public static final CatalogueModel LLAMA2_CHAT_7B_SFT_V0_3 = named("chinese-llama2-chat-7b-sft-v0.3");

    private ChineseLlama() {}

    /** Every model, bases included, the oldest first. */
    public static List<CatalogueModel> all() {
        return List.copyOf(MODELS.values());
    }

    /** The model of this name, if there is one. */
    public static Optional<CatalogueModel> find(String name) {
        return Optional.ofNullable(MODELS.get(name));
    }

    /** @throws IllegalArgumentException when there is none of this name */
    public static CatalogueModel named(String name) {
        return find(name)
                .orElseThrow(() -> new IllegalArgumentException(
                        "the catalogue has no model " + name + "; expected one of " + MODELS.keySet()));
    }
}
