package io.github.hanllama.core.checkpoint.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.quant.DType;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads the JSON of a safetensors header as a stream: memory grows with the tensors it names, which are counted, and
 * nesting cannot be deeper than the format is. Upstream's rules: safetensors/src/tensor.rs of
 * github.com/huggingface/safetensors.
 */
public final class SafetensorsHeaderParser {
    /** The file begins with the length of the header in eight bytes. */
    public static final int LENGTH_BYTES = 8;

    private static final String METADATA = "__metadata__";
    private static final int MAX_TENSORS = 200_000;
    private static final int MAX_NAME_LENGTH = 1000;
    private static final int MAX_RANK = 8;
    private static final Set<String> KNOWN_BUT_UNSUPPORTED =
            Set.of("F8_E4M3", "F8_E5M2", "F8_E8M0", "F6_E2M3", "F6_E3M2", "F4", "C64");
    private static final Map<String, DType> TYPES = EnumSet.range(DType.F64, DType.BOOL).stream()
            .collect(Collectors.toUnmodifiableMap(DType::name, type -> type));

    private final String file;
    private final List<SafetensorsEntry> entries = new ArrayList<>();
    private final Map<String, String> metadata = new HashMap<>();

    public SafetensorsHeaderParser(String file) {
        this.file = file;
    }

    /** Every tensor, in the order of the data. */
    public List<SafetensorsEntry> entries() {
        return entries;
    }

    public Map<String, String> metadata() {
        return metadata;
    }

    public void parse(InputStream header) {
        try (PushbackInputStream stream = new PushbackInputStream(header);
                JsonParser json = StrictJson.factory().createParser(utf8(stream))) {
            requireBrace(stream);
            json.nextToken();
            readRoot(json);
            if (json.nextToken() != null) {
                throw malformed(json, "header", "nothing after the header's object", json.getText());
            }
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(file + ": header is not valid JSON " + StrictJson.describe(e), e);
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file + ": header is not valid UTF-8", e);
        } catch (IOException e) {
            throw new ModelFormatException(file + ": header cannot be read: " + e.getMessage(), e);
        }
        entries.sort(SafetensorsEntry.BY_OFFSET);
    }

    /** Unlike Jackson's own decoding this accepts neither overlong forms nor encoded surrogates. */
    private static InputStreamReader utf8(InputStream stream) {
        return new InputStreamReader(stream, StandardCharsets.UTF_8.newDecoder());
    }

    private void requireBrace(PushbackInputStream stream) throws IOException {
        int first = stream.read();
        if (first != '{') {
            throw new ModelFormatException(file + ": byte 8: expected the header's '{', found "
                    + (first < 0 ? "an empty header" : "byte 0x" + Integer.toHexString(first)));
        }
        stream.unread(first);
    }

    private void readRoot(JsonParser json) throws IOException {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            json.nextToken();
            if (name.equals(METADATA)) {
                readMetadata(json);
            } else {
                readTensor(json, name);
            }
        }
    }

    private void readMetadata(JsonParser json) throws IOException {
        expect(json, JsonToken.START_OBJECT, METADATA, "an object");
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            json.nextToken();
            expect(json, JsonToken.VALUE_STRING, METADATA + "." + StrictJson.printable(key), "a string");
            metadata.put(key, json.getText());
        }
    }

    private void readTensor(JsonParser json, String name) throws IOException {
        checkName(json, name);
        expect(json, JsonToken.START_OBJECT, name, "an object");
        String type = "";
        List<Long> shape = List.of();
        List<Long> offsets = List.of();
        Set<String> seen = new java.util.HashSet<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "dtype" -> type = readString(json, name + ".dtype");
                case "shape" -> shape = readIntegers(json, name + ".shape", MAX_RANK);
                case "data_offsets" -> offsets = readIntegers(json, name + ".data_offsets", 2);
                default -> throw malformed(json, name, "dtype, shape and data_offsets", "field " + field);
            }
            seen.add(field);
        }
        if (seen.size() != 3 || offsets.size() != 2) {
            throw malformed(json, name, "dtype, shape and two data_offsets", seen + " with offsets " + offsets);
        }
        entries.add(entry(name, type, shape, offsets.getFirst(), offsets.getLast()));
    }

    private void checkName(JsonParser json, String name) {
        if (entries.size() == MAX_TENSORS) {
            throw malformed(json, "header", "at most " + MAX_TENSORS + " tensors", "more");
        }
        if (name.length() > MAX_NAME_LENGTH || name.codePoints().anyMatch(Character::isISOControl)) {
            throw malformed(
                    json,
                    StrictJson.printable(name),
                    "a name of at most " + MAX_NAME_LENGTH + " printable characters",
                    name.length() + " characters");
        }
    }

    private SafetensorsEntry entry(String name, String type, List<Long> shape, long begin, long end) {
        if (begin > end) {
            throw new ModelFormatException(
                    file + ": " + name + ": data_offsets: begin " + begin + " is after end " + end);
        }
        return new SafetensorsEntry(name, dtype(name, type), shape, begin, end);
    }

    private DType dtype(String name, String type) {
        DType dtype = TYPES.get(type);
        if (dtype != null) {
            return dtype;
        }
        String message = file + ": " + name + ": dtype " + StrictJson.printable(type) + " is not supported, expected "
                + EnumSet.range(DType.F64, DType.BOOL).stream().map(DType::name).collect(Collectors.joining(", "));
        if (KNOWN_BUT_UNSUPPORTED.contains(type)) {
            throw new UnsupportedModelException(message);
        }
        throw new ModelFormatException(message);
    }

    private String readString(JsonParser json, String where) throws IOException {
        expect(json, JsonToken.VALUE_STRING, where, "a string");
        return json.getText();
    }

    private List<Long> readIntegers(JsonParser json, String where, int max) throws IOException {
        expect(json, JsonToken.START_ARRAY, where, "an array");
        List<Long> values = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            String text = json.currentToken() == JsonToken.VALUE_NUMBER_INT ? json.getText() : "-";
            if (text.startsWith("-") || text.length() > 20) {
                throw malformed(json, where, "non-negative integers", json.getText());
            }
            if (values.size() == max) {
                throw malformed(json, where, "at most " + max + " numbers", "more");
            }
            values.add(parseLong(json, where, text));
        }
        return values;
    }

    private long parseLong(JsonParser json, String where, String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw malformed(json, where, "integers below 2^63 (larger ones overflow)", digits);
        }
    }

    private void expect(JsonParser json, JsonToken token, String where, String expected) throws IOException {
        if (json.currentToken() != token) {
            throw malformed(json, where, expected, json.currentToken() == null ? "the end" : json.getText());
        }
    }

    private ModelFormatException malformed(JsonParser json, String where, String expected, String found) {
        long position = LENGTH_BYTES + json.currentLocation().getCharOffset();
        return new ModelFormatException(file + ": " + where + ": expected " + expected + ", found "
                + StrictJson.printable(found) + " near byte " + position);
    }
}
