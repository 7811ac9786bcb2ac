package io.github.hanllama.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * A tokenizer as the files of a Hugging Face folder, for one that came inside a GGUF file: {@code tokenizer.model} or
 * {@code tokenizer.json}, and {@code tokenizer_config.json}. {@link Tokenizers#load} makes the same tokenizer of them.
 *
 * <pre>{@code
 * TokenizerFolder.files(GgufVocabulary.of(tokenizer), Optional.empty())
 *         .forEach((name, bytes) -> write(folder.resolve(name), bytes));
 * }</pre>
 */
public final class TokenizerFolder {
    private TokenizerFolder() {}

    /**
     * The content of each file, by its name.
     *
     * @param chatTemplate for {@code tokenizer_config.json}
     */
    public static SequencedMap<String, byte[]> files(GgufVocabulary vocabulary, Optional<String> chatTemplate) {
        SequencedMap<String, byte[]> files = new LinkedHashMap<>();
        boolean pieces = vocabulary.model().equals(GgufVocabulary.SENTENCE_PIECE);
        if (pieces) {
            files.put("tokenizer.model", new SentencePieceFile(vocabulary).toBytes());
        } else {
            files.put("tokenizer.json", new TokenizerJsonFile(vocabulary).toBytes());
        }
        files.put("tokenizer_config.json", config(vocabulary, pieces, chatTemplate));
        return files;
    }

    private static byte[] config(GgufVocabulary vocabulary, boolean pieces, Optional<String> chatTemplate) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter()) {
            json.writeStartObject();
            EncodeOptions options = Tokenizers.of(vocabulary).defaultOptions();
            json.writeBooleanField("add_bos_token", options.addBos());
            json.writeBooleanField("add_eos_token", options.addEos());
            writeToken(json, "bos_token", vocabulary, vocabulary.roles().bos());
            writeToken(json, "eos_token", vocabulary, vocabulary.roles().eos());
            writeToken(json, "pad_token", vocabulary, vocabulary.roles().pad());
            writeToken(json, "unk_token", vocabulary, vocabulary.roles().unk());
            json.writeBooleanField("clean_up_tokenization_spaces", false);
            if (pieces) {
                json.writeBooleanField(
                        "add_prefix_space", vocabulary.rules().addSpacePrefix().orElse(true));
                json.writeBooleanField("legacy", true);
            }
            json.writeStringField("tokenizer_class", pieces ? "LlamaTokenizer" : "PreTrainedTokenizerFast");
            if (chatTemplate.isPresent()) {
                json.writeStringField("chat_template", chatTemplate.get());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory takes everything
        }
        return out.toByteArray();
    }

    private static void writeToken(JsonGenerator json, String role, GgufVocabulary vocabulary, OptionalInt id)
            throws IOException {
        if (id.isPresent() && id.getAsInt() < GgufRules.sizeWithoutPadding(vocabulary)) {
            json.writeStringField(role, vocabulary.tokens().get(id.getAsInt()));
        } else {
            json.writeNullField(role);
        }
    }
}
