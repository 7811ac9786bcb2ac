package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.Misfit;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.json.StrictJson;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Whether the step before this adapter is missing. Chinese-Alpaca-Plus and -Pro continue Chinese-LLaMA-Plus; on plain
 * LLaMA every shape fits and the result is fluent nonsense. What an adapter declares or its hash proves decides; what is
 * only likely warns.
 */
final class ChainFit {
    private static final Pattern LLAMA_PLUS = Pattern.compile("llama[-_ ]?plus");
    private static final int RANK_OF_PLUS_AND_PRO = 64;

    private ChainFit() {}

    static List<Misfit> misfits(Checkpoint base, LoraWeights adapter) {
        return misfits(base, adapter, PublishedAdapters.CONTINUE_LLAMA_PLUS);
    }

    /** @param continueLlamaPlus names by the hash of the file */
    static List<Misfit> misfits(Checkpoint base, LoraWeights adapter, Map<String, String> continueLlamaPlus) {
        String declared = adapter.config().declaredBase().orElse("");
        boolean plainBase = base.config().vocabSize() < ChineseVocabulary.CHINESE_LLAMA;
        boolean alpaca = adapter.overrides().vocabSize().orElse(0) == ChineseVocabulary.CHINESE_ALPACA;
        if (plainBase && LLAMA_PLUS.matcher(declared.toLowerCase(Locale.ROOT)).find()) {
            String reason = "base_model_name_or_path " + StrictJson.printable(declared);
            return List.of(missingStep(base, adapter, reason));
        }
        if (plainBase && alpaca && adapter.config().rank() == RANK_OF_PLUS_AND_PRO) {
            return List.of(adapter.fileHash()
                    .map(continueLlamaPlus::get)
                    .map(published -> missingStep(base, adapter, "it is " + published + " by its SHA-256"))
                    .orElseGet(
                            () -> likely(adapter.origin() + " looks like Chinese-Alpaca-Plus or -Pro, which continue "
                                    + llamaPlus(base) + ": if the text is nonsense, apply that adapter first")));
        }
        boolean other = isPublishedName(declared)
                && !base.origin().toLowerCase(Locale.ROOT).contains(name(declared.toLowerCase(Locale.ROOT)));
        return other
                ? List.of(likely(adapter.origin() + " says it was trained on " + StrictJson.printable(declared)
                        + "; here it goes on " + base.origin()))
                : List.of();
    }

    private static Misfit likely(String message) {
        return new Misfit(false, message);
    }

    private static Misfit missingStep(Checkpoint base, LoraWeights adapter, String reason) {
        String step = llamaPlus(base);
        return new Misfit(
                true,
                adapter.origin() + " does not fit " + base.origin() + ": it continues " + step + " (" + reason
                        + "), but the base has the vocabulary of "
                        + ChineseVocabulary.describe(base.config().vocabSize()) + " entries; apply the " + step
                        + " adapter first");
    }

    /** By the base's width, which an adapter has in common with the one that it continues. */
    private static String llamaPlus(Checkpoint base) {
        return switch (base.config().hiddenSize()) {
            case 4096 -> ChineseLlama.LLAMA_PLUS_7B.title();
            case 5120 -> ChineseLlama.LLAMA_PLUS_13B.title();
            case 6656 -> ChineseLlama.LLAMA_PLUS_33B.title();
            default -> "Chinese-LLaMA-Plus";
        };
    }

    /** {@code owner/name} on a hub; anything else is a folder on somebody's machine and says nothing. */
    private static boolean isPublishedName(String declared) {
        return declared.matches("[\\w.-]+/[\\w.-]+") && !declared.startsWith(".");
    }

    private static String name(String published) {
        return published.substring(published.indexOf('/') + 1);
    }
}
