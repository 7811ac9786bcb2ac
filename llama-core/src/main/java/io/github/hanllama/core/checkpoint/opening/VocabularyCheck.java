package io.github.hanllama.core.checkpoint.opening;

import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.error.ModelFormatException;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Whether the rows of the embedding, the rows of the head, {@code config.json} and the tokenizer mean the same
 * vocabulary. The Chinese LLaMA family lives one row apart, where a mistake still runs and writes nonsense.
 */
final class VocabularyCheck {
    private static final int LLAMA = 32000;
    private static final int CHINESE_LLAMA = 49953;
    private static final int CHINESE_ALPACA = 49954;
    private static final int CHINESE_LLAMA_2 = 55296;
    private static final int LOST_A_ROW = 49952;
    private static final Map<Integer, String> FAMILY = Map.of(
            LLAMA, "LLaMA or Llama-2",
            LOST_A_ROW, "a Chinese-LLaMA whose last row an early merge script lost",
            CHINESE_LLAMA, "Chinese-LLaMA",
            CHINESE_ALPACA, "Chinese-Alpaca, which adds [PAD]",
            CHINESE_LLAMA_2, "Chinese-LLaMA-2 and Chinese-Alpaca-2");
    /** Sizes at which every row is a token, so a smaller tokenizer is not padding but another model's. */
    private static final Set<Integer> FULL = Set.of(CHINESE_LLAMA, CHINESE_ALPACA, CHINESE_LLAMA_2);

    private VocabularyCheck() {}

    /** The rows of the embedding against those of a head, when there is one of its own, and {@code vocab_size}. */
    static void rows(String origin, long embedding, long head, int vocabSize, String configFile) {
        if (embedding != head) {
            throw new ModelFormatException(origin + ": " + TensorNames.EMBED_TOKENS + " has " + embedding + " rows, "
                    + TensorNames.LM_HEAD + " has " + head + "; expected the same" + lostRow(embedding, head)
                    + cause(embedding, head));
        }
        if (embedding != vocabSize) {
            throw new ModelFormatException(origin + ": " + configFile + " says vocab_size " + vocabSize
                    + ", the weights have " + embedding + " rows" + cause(vocabSize, embedding));
        }
    }

    /** Scripts of early 2023 split an odd number of rows in two halves and dropped the rest. */
    private static String lostRow(long embedding, long head) {
        return head == embedding - 1 && head % 2 == 0
                ? ": the last row of the head is lost, as early merge scripts lost it when they split the head over two"
                        + " files; merge the model again from its base and adapter"
                : "";
    }

    /** Fewer tokens than rows are padding, except where a size of the family says otherwise; more never are. */
    static void tokenizer(String origin, int rows, OptionalInt tokenizer) {
        if (tokenizer.isEmpty() || tokenizer.getAsInt() == rows) {
            return;
        }
        int tokens = tokenizer.getAsInt();
        boolean anotherModel = FULL.contains(rows) && FAMILY.containsKey(tokens);
        if (tokens > rows || anotherModel) {
            throw new ModelFormatException(origin + ": the tokenizer has " + tokens + " tokens, the embedding " + rows
                    + " rows" + cause(tokens, rows) + "; use the tokenizer that was published with the weights");
        }
    }

    private static String cause(long one, long other) {
        boolean known = FAMILY.containsKey((int) one) || FAMILY.containsKey((int) other);
        return known ? " (" + describe(one) + "; " + describe(other) + ")" : "";
    }

    private static String describe(long size) {
        return size + " is " + FAMILY.getOrDefault((int) size, "no size of the family");
    }
}
