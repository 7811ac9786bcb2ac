package io.github.hanllama.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.json.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Typed access to the fields of a JSON object; a field of another type is refused by its path. */
final class HfFields {
    private static final int MAX_LIST = 1000;

    private final ObjectNode object;
    private final String file;
    private final String path;

    HfFields(ObjectNode object, String file) {
        this(object, file, "");
    }

    private HfFields(ObjectNode object, String file, String path) {
        this.object = object;
        this.file = file;
        this.path = path;
    }

    String file() {
        return file;
    }

    /** Whether the field is there, even as null. */
    boolean names(String name) {
        return object.has(name);
    }

    /** Whether the field is there and not null. */
    boolean has(String name) {
        return object.hasNonNull(name);
    }

    /** Whether some field is an object. */
    boolean nests() {
        return object.valueStream().anyMatch(JsonNode::isObject);
    }

    HfFields object(String name) {
        if (object.get(name) instanceof ObjectNode child) {
            return new HfFields(child, file, path + name + ".");
        }
        throw malformed(name, "an object");
    }

    OptionalInt integer(String name) {
        if (!has(name)) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(integer(name, object.get(name)));
    }

    /** One integer, a list of them, or nothing. */
    List<Integer> integers(String name) {
        JsonNode value = object.get(name);
        if (value == null || !value.isArray()) {
            return integer(name).stream().boxed().toList();
        }
        if (value.size() > MAX_LIST) {
            throw malformed(name, "at most " + MAX_LIST + " integers");
        }
        List<Integer> result = new ArrayList<>();
        value.forEach(element -> result.add(integer(name, element)));
        return result;
    }

    private int integer(String name, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw malformed(name, "an integer of at most 31 bits");
        }
        return value.intValue();
    }

    /** A finite number; unlike the other kinds, null is not taken for absent. */
    OptionalDouble number(String name) {
        JsonNode value = object.get(name);
        if (value == null) {
            return OptionalDouble.empty();
        }
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw malformed(name, "a finite number");
        }
        return OptionalDouble.of(value.doubleValue());
    }

    Optional<Boolean> bool(String name) {
        if (!has(name)) {
            return Optional.empty();
        }
        if (!object.get(name).isBoolean()) {
            throw malformed(name, "true or false");
        }
        return Optional.of(object.get(name).booleanValue());
    }

    Optional<String> string(String name) {
        return Optional.ofNullable(object.get(name)).filter(JsonNode::isTextual).map(JsonNode::textValue);
    }

    /** A string field, or the default when it is absent or null. */
    String text(String name, String absent) {
        if (!has(name)) {
            return absent;
        }
        return string(name).orElseThrow(() -> malformed(name, "a string"));
    }

    /** The strings of a list; other elements are left out. */
    List<String> strings(String name) {
        JsonNode value = object.get(name);
        if (value == null) {
            return List.of();
        }
        return value.valueStream()
                .filter(JsonNode::isTextual)
                .map(JsonNode::textValue)
                .map(StrictJson::printable)
                .limit(10)
                .toList();
    }

    /** The field as it stands in the file, fit for a message. */
    String shown(String name) {
        JsonNode value = object.get(name);
        return value == null ? "nothing" : StrictJson.printable(value.toString());
    }

    ModelFormatException malformed(String name, String expected) {
        return new ModelFormatException(
                file + ": " + path + name + ": expected " + expected + ", found " + shown(name));
    }
}
