package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.tokenizer.GgufVocabulary;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The vocabulary of a GGUF file, and what goes with it. */
public final class GgufTokens {
    static final String PREFIX = "tokenizer.ggml.";
    static final String MODEL = PREFIX + "model";
    static final String TOKENS = PREFIX + "tokens";
    static final String SCORES = PREFIX + "scores";
    static final String TYPES = PREFIX + "token_type";
    static final String CHAT_TEMPLATE = "tokenizer.chat_template";
    static final String NO_VOCABULARY = "no_vocab";

    private static final Set<String> WITHOUT = Set.of(NO_VOCABULARY, "none");
    private static final int MAX_TOKEN_BYTES = 64 << 10;
    private static final int MAX_TEMPLATE_BYTES = 1 << 20;

    private final GgufMetadata metadata;

    private GgufTokens(GgufMetadata metadata) {
        this.metadata = metadata;
    }

    /**
     * The tokenizer, when the file has a vocabulary.
     *
     * @param rows of the embedding
     * @throws ModelFormatException when there is not one token for each row, or the vocabulary is malformed
     * @throws UnsupportedModelException when it is of another kind
     */
    public static Optional<Tokenizer> tokenizer(GgufMetadata metadata, long rows) {
        Optional<String> model = metadata.text(MODEL);
        if (model.isEmpty() || WITHOUT.contains(model.get())) {
            return Optional.empty();
        }
        long tokens =
                metadata.textCount(TOKENS).orElseThrow(() -> metadata.malformed(TOKENS, "the vocabulary", "nothing"));
        if (tokens != rows) {
            throw metadata.malformed(
                    TOKENS, rows + " tokens, one for each row of the embedding", Long.toString(tokens));
        }
        GgufVocabulary vocabulary = new GgufTokens(metadata).vocabulary(model.get());
        try {
            return Optional.of(Tokenizers.of(vocabulary));
        } catch (TokenizerException e) {
            throw new ModelFormatException(metadata.file() + ": " + e.getMessage(), e);
        }
    }

    /**
     * The template of a chat, as text from an untrusted file.
     *
     * @throws ModelFormatException when it is too long to be one
     */
    public static Optional<String> chatTemplate(GgufMetadata metadata) {
        Optional<String> template = metadata.text(CHAT_TEMPLATE);
        if (template.isPresent() && template.get().length() > MAX_TEMPLATE_BYTES) {
            throw metadata.malformed(
                    CHAT_TEMPLATE,
                    "at most " + MAX_TEMPLATE_BYTES + " characters",
                    Integer.toString(template.get().length()));
        }
        return template;
    }

    private GgufVocabulary vocabulary(String model) {
        if (!model.equals(GgufVocabulary.SENTENCE_PIECE) && !model.equals(GgufVocabulary.BYTE_LEVEL)) {
            throw new UnsupportedModelException(metadata.file() + ": " + MODEL + " " + StrictJson.printable(model)
                    + " is not supported, expected llama or gpt2");
        }
        return new GgufVocabulary(
                model,
                metadata.text(PREFIX + "pre").orElse(""),
                metadata.texts(TOKENS, MAX_TOKEN_BYTES).orElse(List.of()),
                metadata.numbers(SCORES).orElse(List.of()),
                metadata.integers(TYPES).orElse(List.of()),
                metadata.texts(PREFIX + "merges", MAX_TOKEN_BYTES).orElse(List.of()),
                new GgufVocabulary.Roles(id("bos"), id("eos"), id("unknown"), id("padding")),
                new GgufVocabulary.Rules(
                        metadata.flag(PREFIX + "add_bos_token"),
                        metadata.flag(PREFIX + "add_eos_token"),
                        metadata.flag(PREFIX + "add_space_prefix"),
                        metadata.flag(PREFIX + "remove_extra_whitespaces").orElse(false)));
    }

    private OptionalInt id(String role) {
        return metadata.count(PREFIX + role + "_token_id");
    }

    /** Says a vocabulary in the keys of GGUF. */
    public static void write(GgufVocabulary vocabulary, GgufHead head) {
        head.text(MODEL, vocabulary.model());
        if (!vocabulary.pre().isEmpty()) {
            head.text(PREFIX + "pre", vocabulary.pre());
        }
        head.texts(TOKENS, vocabulary.tokens());
        if (!vocabulary.scores().isEmpty()) {
            head.f32s(SCORES, vocabulary.scores());
        }
        head.i32s(TYPES, vocabulary.types());
        if (!vocabulary.merges().isEmpty()) {
            head.texts(PREFIX + "merges", vocabulary.merges());
        }
        put(head, "bos", vocabulary.roles().bos());
        put(head, "unknown", vocabulary.roles().unk());
        put(head, "padding", vocabulary.roles().pad());
        GgufVocabulary.Rules rules = vocabulary.rules();
        rules.addBos().ifPresent(add -> head.flag(PREFIX + "add_bos_token", add));
        rules.addEos().ifPresent(add -> head.flag(PREFIX + "add_eos_token", add));
        rules.addSpacePrefix().ifPresent(add -> head.flag(PREFIX + "add_space_prefix", add));
        if (rules.removeExtraWhitespaces()) {
            head.flag(PREFIX + "remove_extra_whitespaces", true);
        }
    }

    private static void put(GgufHead head, String role, OptionalInt id) {
        id.ifPresent(value -> head.u32(PREFIX + role + "_token_id", value));
    }

    /** Says what else ends a text than the vocabulary's EOS; and all roles, where there is no vocabulary. */
    public static void writeEnds(LlamaConfig config, Optional<GgufVocabulary> vocabulary, GgufHead head) {
        List<Integer> ends = new ArrayList<>(config.eosTokenIds());
        ends.removeIf(id -> id < 0 || id >= config.vocabSize());
        if (vocabulary.isEmpty()) {
            config.bosTokenId().ifPresent(id -> head.u32(GgufConfig.BOS, id));
            config.padTokenId().ifPresent(id -> head.u32(GgufConfig.PAD, id));
        }
        OptionalInt known = vocabulary.map(words -> words.roles().eos()).orElse(OptionalInt.empty());
        if (known.isPresent()) {
            ends.remove((Integer) known.getAsInt());
            ends.addFirst(known.getAsInt());
        }
        for (int i = 0; i < Math.min(ends.size(), GgufConfig.ENDS.size()); i++) {
            head.u32(GgufConfig.ENDS.get(i), ends.get(i));
        }
    }

    /** Says that there is no vocabulary. */
    public static void writeNone(GgufHead head) {
        head.text(MODEL, NO_VOCABULARY);
    }

    /** Says how chats are written. */
    public static void writeChatTemplate(String template, GgufHead head) {
        head.text(CHAT_TEMPLATE, template);
    }
}
