package io.github.hanllama.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a vocabulary is made of, counted by pieces.
 *
 * @param size one more than the largest id
 * @param control tokens that are no text, such as BOS
 * @param bytes single bytes, {@code <0x0A>} and its like; of a byte-level vocabulary, pieces that are no whole characters
 * @param chinese pieces with a Chinese character
 * @param chineseCharacters pieces that are one Chinese character
 * @param longest the piece of the most characters, of several the first
 */
public record VocabularyStats(int size, int control, int bytes, int chinese, int chineseCharacters, String longest) {
    /** Looks at every piece. */
    public static VocabularyStats of(Tokenizer tokenizer) {
        int control = 0;
        int bytes = 0;
        int chinese = 0;
        int characters = 0;
        String longest = "";
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            byte[] utf8 = tokenizer.bytes(id);
            String text = new String(utf8, StandardCharsets.UTF_8);
            boolean isByte = tokenizer.piece(id).matches("<0x[0-9A-F]{2}>")
                    || !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), utf8);
            boolean hasChinese = text.codePoints().anyMatch(Character::isIdeographic);
            control += utf8.length == 0 ? 1 : 0;
            bytes += isByte ? 1 : 0;
            chinese += hasChinese ? 1 : 0;
            characters += hasChinese && length(text) == 1 ? 1 : 0;
            longest = length(text) > length(longest) && !isByte ? text : longest;
        }
        return new VocabularyStats(tokenizer.vocabularySize(), control, bytes, chinese, characters, longest);
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
