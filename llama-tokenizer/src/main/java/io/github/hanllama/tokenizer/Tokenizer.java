package io.github.hanllama.tokenizer;

import java.util.OptionalInt;

/**
 * Turns text into token ids and back. Immutable and safe to share between threads.
 *
 * <pre>{@code
 * Tokenizer tokenizer = Tokenizers.load(Path.of("chinese-alpaca-2-7b"));
 * int[] ids = tokenizer.encode("白日依山尽", tokenizer.defaultOptions()); // with BOS where the model wants one
 * String text = tokenizer.decode(ids);
 * }</pre>
 *
 * Text is never searched for special tokens unless {@link EncodeOptions#parseSpecial()} asks for it, so user input
 * cannot forge a {@code </s>}. A lone surrogate in the text is encoded as U+FFFD.
 */
public interface Tokenizer {
    /** One more than the largest id; ids of a {@code tokenizer.json} may have holes below it. */
    int vocabularySize();

    /** Encodes plain text: no BOS, no EOS, special strings are ordinary text. Empty text gives no ids. */
    default int[] encode(String text) {
        return encode(text, EncodeOptions.PLAIN);
    }

    /**
     * Encodes text with the given options.
     *
     * @throws IllegalArgumentException when BOS or EOS is asked for and the vocabulary has none
     */
    int[] encode(String text, EncodeOptions options);

    /**
     * Encodes control tokens and the texts between them, as a chat template puts them together. Nothing else is added.
     *
     * @throws IllegalArgumentException when the vocabulary lacks one of the tokens
     */
    default int[] encode(TokenSequence sequence) {
        Ids ids = new Ids(0);
        ControlTokens.of(specialTokens(), vocabularySize())
                .write(sequence, ids.parts((text, from, to, atStart) -> ids.addAll(encode(text.substring(from, to)))));
        return ids.toArray();
    }

    /** The BOS and EOS policy of {@code tokenizer_config.json}; without one BOS where it exists and no EOS. */
    EncodeOptions defaultOptions();

    /**
     * The text of the ids as the original implementation decodes them: control tokens are left out, incomplete UTF-8
     * becomes U+FFFD.
     *
     * @throws IllegalArgumentException for an id outside the vocabulary
     */
    String decode(int... ids);

    /** A decoder for ids that arrive one by one; one per generated text. */
    IncrementalDecoder incrementalDecoder();

    /** The vocabulary entry as stored ({@code "▁你好"}, {@code "<0x0A>"}, byte-level {@code "Ġthe"}). */
    String piece(int id);

    /** The id of a stored vocabulary entry. */
    OptionalInt id(String piece);

    /**
     * The bytes this id adds to a text in mid-sentence (a leading {@code ▁} is a space); empty for control tokens and
     * holes.
     */
    byte[] bytes(int id);

    /** BOS, EOS and the other tokens that are not text. */
    SpecialTokens specialTokens();
}
