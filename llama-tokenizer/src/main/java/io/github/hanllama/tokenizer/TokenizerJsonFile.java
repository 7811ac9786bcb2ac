package io.github.hanllama.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.tokenizer.SentencePiece.Type;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Writes a byte-level vocabulary of a GGUF file as a {@code tokenizer.json}, which it was before. */
final class TokenizerJsonFile {
    private final GgufVocabulary vocabulary;
    private final int size;

    TokenizerJsonFile(GgufVocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.size = GgufRules.sizeWithoutPadding(vocabulary);
    }

    byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("version", "1.0");
            writeAddedTokens(json);
            writePreTokenizer(json);
            writePostProcessor(json);
            writeByteLevel(json, "decoder", true);
            writeModel(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory takes everything
        }
        return out.toByteArray();
    }

    private void writeAddedTokens(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("added_tokens");
        for (int id : added().toArray()) {
            json.writeStartObject();
            json.writeNumberField("id", id);
            json.writeStringField("content", vocabulary.tokens().get(id));
            for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                json.writeBooleanField(flag, false);
            }
            json.writeBooleanField("special", type(id) != Type.USER_DEFINED);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private IntStream added() {
        return IntStream.range(0, size)
                .filter(id -> type(id) == Type.CONTROL || type(id) == Type.UNKNOWN || type(id) == Type.USER_DEFINED);
    }

    private Type type(int id) {
        return Type.values()[vocabulary.types().get(id) - 1];
    }

    private void writePreTokenizer(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("pre_tokenizer");
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("pretokenizers");
        json.writeStartObject();
        json.writeStringField("type", "Split");
        json.writeObjectFieldStart("pattern");
        json.writeStringField("Regex", HfPreTokenizers.pattern(GgufBytePairs.words(vocabulary.pre())));
        json.writeEndObject();
        json.writeStringField("behavior", "Isolated");
        json.writeBooleanField("invert", false);
        json.writeEndObject();
        json.writeStartObject();
        writeByteLevelFields(json, false);
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeByteLevel(JsonGenerator json, String name, boolean value) throws IOException {
        json.writeObjectFieldStart(name);
        writeByteLevelFields(json, value);
        json.writeEndObject();
    }

    private static void writeByteLevelFields(JsonGenerator json, boolean value) throws IOException {
        json.writeStringField("type", "ByteLevel");
        json.writeBooleanField("add_prefix_space", value);
        json.writeBooleanField("trim_offsets", true);
        json.writeBooleanField("use_regex", value);
    }

    private void writePostProcessor(JsonGenerator json) throws IOException {
        EncodeOptions options = Tokenizers.of(vocabulary).defaultOptions();
        OptionalInt bos = options.addBos() ? vocabulary.roles().bos() : OptionalInt.empty();
        OptionalInt eos = options.addEos() ? vocabulary.roles().eos() : OptionalInt.empty();
        if (bos.isEmpty() && eos.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("post_processor");
        json.writeStringField("type", "TemplateProcessing");
        writeTemplate(json, "single", List.of("A"), bos, eos);
        writeTemplate(json, "pair", List.of("A", "B"), bos, eos);
        json.writeObjectFieldStart("special_tokens");
        for (int id : IntStream.concat(bos.stream(), eos.stream()).distinct().toArray()) {
            String text = vocabulary.tokens().get(id);
            json.writeObjectFieldStart(text);
            json.writeStringField("id", text);
            json.writeArrayFieldStart("ids");
            json.writeNumber(id);
            json.writeEndArray();
            json.writeArrayFieldStart("tokens");
            json.writeString(text);
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private void writeTemplate(JsonGenerator json, String name, List<String> texts, OptionalInt bos, OptionalInt eos)
            throws IOException {
        json.writeArrayFieldStart(name);
        for (int i = 0; i < texts.size(); i++) {
            if (bos.isPresent()) {
                writeItem(json, "SpecialToken", vocabulary.tokens().get(bos.getAsInt()), i);
            }
            writeItem(json, "Sequence", texts.get(i), i);
            if (eos.isPresent()) {
                writeItem(json, "SpecialToken", vocabulary.tokens().get(eos.getAsInt()), i);
            }
        }
        json.writeEndArray();
    }

    private static void writeItem(JsonGenerator json, String kind, String id, int typeId) throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart(kind);
        json.writeStringField("id", id);
        json.writeNumberField("type_id", typeId);
        json.writeEndObject();
        json.writeEndObject();
    }

    private void writeModel(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("model");
        json.writeStringField("type", "BPE");
        json.writeBooleanField("fuse_unk", false);
        json.writeBooleanField("byte_fallback", false);
        json.writeBooleanField("ignore_merges", GgufBytePairs.wholeWordsFirst(vocabulary.pre()));
        json.writeObjectFieldStart("vocab");
        for (int id = 0; id < size; id++) {
            if (type(id) == Type.NORMAL) {
                json.writeNumberField(vocabulary.tokens().get(id), id);
            }
        }
        json.writeEndObject();
        json.writeArrayFieldStart("merges");
        for (String merge : vocabulary.merges()) {
            json.writeString(merge);
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
