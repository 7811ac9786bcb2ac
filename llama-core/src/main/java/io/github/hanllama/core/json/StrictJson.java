package io.github.hanllama.core.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.error.ModelFormatException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Strict, bounded JSON: valid UTF-8 without a byte order mark, no duplicate keys, no comments, no NaN, nothing after the
 * document; bounded depth, names and strings.
 */
public final class StrictJson {
    private static final int MAX_DEPTH = 64;
    private static final int MAX_NAME_LENGTH = 4096;
    private static final int MAX_STRING_LENGTH = 4 << 20;
    private static final int MAX_MESSAGE_LENGTH = 240;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNameLength(MAX_NAME_LENGTH)
                    .maxStringLength(MAX_STRING_LENGTH)
                    .maxNumberLength(400)
                    .build())
            .build();

    private static final JsonMapper MAPPER = JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private StrictJson() {}

    /** The factory with these rules, for documents that are read as a stream. */
    public static JsonFactory factory() {
        return FACTORY;
    }

    /**
     * Parses a document that must be an object.
     *
     * @param file for messages
     * @throws ModelFormatException when it is not
     */
    public static ObjectNode object(byte[] document, String file) {
        JsonNode node = parse(utf8(document, file), file);
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new ModelFormatException(file + ": expected a JSON object, found "
                + node.getNodeType().name().toLowerCase(java.util.Locale.ROOT));
    }

    /**
     * Parses a document that must be an array.
     *
     * @param file for messages
     * @throws ModelFormatException when it is not
     */
    public static ArrayNode array(byte[] document, String file) {
        JsonNode node = parse(utf8(document, file), file);
        if (node instanceof ArrayNode array) {
            return array;
        }
        throw new ModelFormatException(file + ": expected a JSON array, found "
                + node.getNodeType().name().toLowerCase(java.util.Locale.ROOT));
    }

    private static JsonNode parse(String text, String file) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(file + ": not valid JSON " + describe(e), e);
        }
    }

    private static String utf8(byte[] document, String file) {
        ByteBuffer bytes = ByteBuffer.wrap(document);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            if (text.startsWith("\uFEFF")) {
                throw new ModelFormatException(file + ": starts with a byte order mark, expected plain UTF-8 JSON");
            }
            return text;
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file + ": not valid UTF-8 at byte " + bytes.position(), e);
        }
    }

    /** What the parser objects to and where, on one line: {@code "at line 1 column 7: ..."}. */
    public static String describe(JsonProcessingException e) {
        JsonLocation at = e.getLocation();
        String where = at == null ? "" : "at line " + at.getLineNr() + " column " + at.getColumnNr() + ": ";
        return where + printable(e.getOriginalMessage());
    }

    /** Text from a file made fit for a message: one line, no control characters, not too long. */
    public static String printable(String text) {
        StringBuilder result = new StringBuilder();
        text.codePoints()
                .limit(MAX_MESSAGE_LENGTH)
                .map(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? ' ' : c)
                .forEach(result::appendCodePoint);
        return text.length() > MAX_MESSAGE_LENGTH ? result + "…" : result.toString();
    }
}
