package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.core.json.StrictJson;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Whether the step before this adapter is missing. Chinese-Alpaca-Plus and -Pro continue Chinese-LLaMA-Plus; on plain
 * LLaMA every shape fits and the result is fluent nonsense. What an adapter declares or its hash proves decides; what is
 * only likely warns.
 */
final class ChainFit {
    private static final System.Logger LOG = System.getLogger(ChainFit.class.getName());
    private static final Pattern LLAMA_PLUS = Pattern.compile("llama[-_ ]?plus");
    private static final int RANK_OF_PLUS_AND_PRO = 64;

    private ChainFit() {}

    static void check(Checkpoint base, LoraWeights adapter) {
        check(base, adapter, PublishedAdapters.CONTINUE_LLAMA_PLUS);
    }

    /** @param continueLlamaPlus names by the hash of the file */
    static void check(Checkpoint base, LoraWeights adapter, Map<String, String> continueLlamaPlus) {
        String declared = adapter.config().declaredBase().orElse("").toLowerCase(Locale.ROOT);
        boolean plainBase = base.config().vocabSize() < ChineseVocabulary.CHINESE_LLAMA;
        boolean alpaca = adapter.overrides().vocabSize().orElse(0) == ChineseVocabulary.CHINESE_ALPACA;
        if (plainBase && LLAMA_PLUS.matcher(declared).find()) {
            throw missingStep(base, adapter, "base_model_name_or_path " + StrictJson.printable(declared));
        }
        if (plainBase && alpaca && adapter.config().rank() == RANK_OF_PLUS_AND_PRO) {
            String published = continueLlamaPlus.get(Sha256.of(adapter.file()));
            if (published != null) {
                throw missingStep(base, adapter, "it is " + published + " by its SHA-256");
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} looks like Chinese-Alpaca-Plus or -Pro, which continue Chinese-LLaMA-Plus: if the text is"
                            + " nonsense, apply that adapter first",
                    adapter.origin());
        } else if (isPublishedName(declared)
                && !base.origin().toLowerCase(Locale.ROOT).contains(name(declared))) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} says it was trained on {1}; here it goes on {2}",
                    adapter.origin(),
                    StrictJson.printable(declared),
                    base.origin());
        }
    }

    private static AdapterMismatchException missingStep(Checkpoint base, LoraWeights adapter, String reason) {
        return new AdapterMismatchException(adapter.origin() + " does not fit " + base.origin()
                + ": it continues Chinese-LLaMA-Plus (" + reason + "), but the base has the vocabulary of "
                + ChineseVocabulary.describe(base.config().vocabSize())
                + " entries; apply the Chinese-LLaMA-Plus adapter first");
    }

    /** {@code owner/name} on a hub; anything else is a folder on somebody's machine and says nothing. */
    private static boolean isPublishedName(String declared) {
        return declared.matches("[\\w.-]+/[\\w.-]+") && !declared.startsWith(".");
    }

    private static String name(String published) {
        return published.substring(published.indexOf('/') + 1);
    }
}
