package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A vocabulary as GGUF files store it: one entry for each row of the embedding. {@link Tokenizers#of} makes a tokenizer of
 * it, {@link #of} describes one.
 *
 * @param model {@code "llama"} for SentencePiece BPE, {@code "gpt2"} for byte-level BPE
 * @param pre how a byte-level model splits words: {@code "llama-bpe"}, {@code "gpt-2"} or {@code "qwen2"}; else
 *     empty
 * @param tokens the pieces by id
 * @param scores of a SentencePiece model, one for each token; else empty
 * @param types the numbers of SentencePiece's types, 1 to 6, one for each token; empty when the file says nothing of them
 * @param merges of a byte-level model, two pieces and a space each, in the order in which they apply
 */
public record GgufVocabulary(
        String model,
        String pre,
        List<String> tokens,
        List<Float> scores,
        List<Integer> types,
        List<String> merges,
        Roles roles,
        Rules rules) {
    /** SentencePiece BPE. */
    public static final String SENTENCE_PIECE = "llama";
    /** Byte-level BPE. */
    public static final String BYTE_LEVEL = "gpt2";

    /** The score of what the model itself does not know. */
    static final float ADDED_SCORE = -1000;

    public GgufVocabulary {
        tokens = List.copyOf(tokens);
        scores = List.copyOf(scores);
        types = List.copyOf(types);
        merges = List.copyOf(merges);
    }

    /** The ids that play a part. */
    public record Roles(OptionalInt bos, OptionalInt eos, OptionalInt unk, OptionalInt pad) {}

    /**
     * What is added to a text and taken from it.
     *
     * @param addBos whether a text begins with BOS; empty: as llama.cpp does for the model, likewise the next two
     * @param addSpacePrefix whether a text begins with a space that it does not have
     * @param removeExtraWhitespaces whether several spaces become one
     */
    public record Rules(
            Optional<Boolean> addBos,
            Optional<Boolean> addEos,
            Optional<Boolean> addSpacePrefix,
            boolean removeExtraWhitespaces) {}

    /**
     * The vocabulary of a tokenizer. Flags of added tokens (white space that they swallow) are not said in this format, nor
     * is the rule of newer Hugging Face tokenizers that only the start of a text gets a space.
     *
     * @throws IllegalArgumentException when the format has no words for it
     */
    public static GgufVocabulary of(Tokenizer tokenizer) {
        return switch (tokenizer) {
            case SentencePieceTokenizer pieces -> pieces.gguf();
            case PipelineTokenizer pipeline -> pipeline.gguf();
            default ->
                throw new IllegalArgumentException("GGUF has no words for a tokenizer of " + tokenizer.getClass());
        };
    }

    /** The same with entries for more rows, that no text becomes. */
    public GgufVocabulary padded(int size) {
        List<String> longer = new ArrayList<>(tokens);
        List<Float> scored = new ArrayList<>(scores);
        List<Integer> typed = new ArrayList<>(types);
        for (int id = tokens.size(); id < size; id++) {
            longer.add(unused(id));
            typed.add(SentencePiece.Type.UNUSED.number());
            if (!scores.isEmpty()) {
                scored.add(ADDED_SCORE);
            }
        }
        return new GgufVocabulary(model, pre, longer, scored, typed, merges, roles, rules);
    }

    /** How an entry is called that stands for a row without a token. */
    static String unused(int id) {
        return "[PAD" + id + "]";
    }
}
