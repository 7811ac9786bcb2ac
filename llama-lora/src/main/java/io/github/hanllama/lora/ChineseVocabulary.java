package io.github.hanllama.lora;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The sizes that tell the members of the Chinese LLaMA family apart. */
final class ChineseVocabulary {
    static final int LLAMA = 32000;
    static final int CHINESE_LLAMA = 49953;
    static final int CHINESE_ALPACA = 49954;

    private static final SortedMap<Integer, String> NAMES = new TreeMap<>(Map.of(
            LLAMA,
            "LLaMA",
            CHINESE_LLAMA,
            "Chinese-LLaMA",
            CHINESE_ALPACA,
            "Chinese-Alpaca",
            55296,
            "Chinese-LLaMA-2 and Chinese-Alpaca-2"));
    /** What the first conversion script left of Chinese-LLaMA 13B. */
    private static final int CUT_BY_ONE_ROW = 49952;

    private ChineseVocabulary() {}

    static boolean isKnown(long size) {
        return size == CUT_BY_ONE_ROW || (size == (int) size && NAMES.containsKey((int) size));
    }

    /** The number, and whose it is where that is known. */
    static String describe(long size) {
        return isKnown(size) && size != CUT_BY_ONE_ROW ? size + " (" + NAMES.get((int) size) + ")" : "" + size;
    }
}
