package io.github.hanllama.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A strict, bounded reader of one JSON file: duplicate keys, deep nesting and oversized strings are refused, and every
 * refusal names file, line and column. The cursor stands on a token; each reading method leaves it on the last token it
 * used.
 */
final class JsonReader implements AutoCloseable {
    /** Room for every published {@code tokenizer.json}; the largest are about 35 MB. */
    static final long MAX_BYTES = 64L << 20;

    /** More than any piece or chat template needs. */
    static final int MAX_STRING = 1 << 20;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(100)
                    .maxStringLength(MAX_STRING)
                    .maxNameLength(MAX_STRING)
                    .maxNumberLength(64)
                    .maxDocumentLength(MAX_BYTES)
                    .build())
            .build();

    private final String file;
    private final JsonParser parser;

    private JsonReader(String file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /** Something that reads a file through an open reader. */
    interface Body<T> {
        T read(JsonReader in) throws IOException;
    }

    /** Opens the file, lets {@code body} read its one top-level object, and turns every failure into one line. */
    static <T> T read(Path path, Body<T> body) {
        String file = String.valueOf(path.getFileName());
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new TokenizerException(
                        file + ": expected at most " + MAX_BYTES + " bytes, found " + Files.size(path));
            }
            try (JsonReader in = new JsonReader(file, FACTORY.createParser(Files.newInputStream(path)))) {
                return in.whole(body);
            }
        } catch (JsonProcessingException e) {
            throw new TokenizerException(file + at(e) + ": not valid JSON: " + Text.oneLine(e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new TokenizerException("cannot read " + file + ": " + e, e);
        }
    }

    private <T> T whole(Body<T> body) throws IOException {
        parser.nextToken();
        expect(JsonToken.START_OBJECT, "an object");
        T value = body.read(this);
        if (parser.nextToken() != null) {
            throw unexpected("the end of the file");
        }
        return value;
    }

    /** The next key of the object the cursor is in, with the cursor on its value; null at the object's end. */
    @Nullable
    String nextKey() throws IOException {
        if (parser.nextToken() == JsonToken.END_OBJECT) {
            return null;
        }
        String key = parser.currentName();
        parser.nextToken();
        return key;
    }

    /** Moves to the next element of the array the cursor is in. */
    boolean nextElement() throws IOException {
        return parser.nextToken() != JsonToken.END_ARRAY;
    }

    boolean isNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    boolean isObject() {
        return parser.currentToken() == JsonToken.START_OBJECT;
    }

    boolean isArray() {
        return parser.currentToken() == JsonToken.START_ARRAY;
    }

    boolean isString() {
        return parser.currentToken() == JsonToken.VALUE_STRING;
    }

    void enterObject() {
        expect(JsonToken.START_OBJECT, "an object");
    }

    void enterArray() {
        expect(JsonToken.START_ARRAY, "an array");
    }

    String string() throws IOException {
        expect(JsonToken.VALUE_STRING, "a string");
        return parser.getText();
    }

    boolean bool() {
        if (parser.currentToken() != JsonToken.VALUE_TRUE && parser.currentToken() != JsonToken.VALUE_FALSE) {
            throw unexpected("true or false");
        }
        return parser.currentToken() == JsonToken.VALUE_TRUE;
    }

    boolean isInteger() {
        return parser.currentToken() == JsonToken.VALUE_NUMBER_INT;
    }

    boolean isFraction() {
        return parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT;
    }

    /** A number with a fraction or an exponent that a double can hold. */
    double fraction() throws IOException {
        expect(JsonToken.VALUE_NUMBER_FLOAT, "a fraction");
        if (!Double.isFinite(parser.getDoubleValue())) {
            throw failure("expected a finite number, found " + Text.shorten(parser.getText()));
        }
        return parser.getDoubleValue();
    }

    /** A number that is written as an integer and fits; {@code 1.0}, {@code 1e3} and {@code -0} are refused. */
    int integer() throws IOException {
        expect(JsonToken.VALUE_NUMBER_INT, "an integer");
        if (parser.getNumberType() != JsonParser.NumberType.INT
                || parser.getText().equals("-0")) {
            throw unexpected("an integer of 32 bits");
        }
        return parser.getIntValue();
    }

    void skip() throws IOException {
        parser.skipChildren();
    }

    /** A refusal that says where the cursor is. */
    TokenizerException failure(String what) {
        return new TokenizerException(file + at(parser.currentTokenLocation()) + ": " + what);
    }

    private void expect(JsonToken token, String words) {
        if (parser.currentToken() != token) {
            throw unexpected(words);
        }
    }

    private TokenizerException unexpected(String expected) {
        String key = Text.oneLine(parser.getParsingContext().pathAsPointer().toString());
        return failure((key.isEmpty() ? "" : key + ": ") + "expected " + expected + ", found " + found());
    }

    private String found() {
        JsonToken token = parser.currentToken();
        if (token == null) {
            return "the end of the file";
        }
        return switch (token) {
            case START_OBJECT, END_OBJECT -> "an object";
            case START_ARRAY, END_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            default -> "null";
        };
    }

    private static String at(JsonProcessingException e) {
        return e.getLocation() == null ? "" : at(e.getLocation());
    }

    private static String at(JsonLocation location) {
        return " line " + location.getLineNr() + " column " + location.getColumnNr();
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }
}
