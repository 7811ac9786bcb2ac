package io.github.hanllama.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Recorded behaviour of the original implementations: one JSON object per line. */
final class GoldenFile {
    private static final JsonFactory JSON = new JsonFactory();

    private GoldenFile() {}

    /** The lines of a file under {@code testdata} as plain maps, lists, strings, booleans and integers. */
    static List<Map<String, Object>> lines(String path) {
        try (var lines = Files.lines(TestData.path(path))) {
            return lines.map(GoldenFile::parse).map(GoldenFile::object).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A whole JSON document. */
    static Map<String, Object> document(String path) {
        try {
            return object(parse(Files.readString(TestData.path(path))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(Object value) {
        return (List<Object>) value;
    }

    static int[] ids(Object value) {
        return list(value).stream().mapToInt(id -> (Integer) id).toArray();
    }

    private static Object parse(String json) {
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            return value(parser);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String key = parser.currentName();
                    parser.nextToken();
                    map.put(key, value(parser));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser));
                }
                yield list;
            }
            case VALUE_NUMBER_INT -> parser.getIntValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> parser.getText();
        };
    }
}
