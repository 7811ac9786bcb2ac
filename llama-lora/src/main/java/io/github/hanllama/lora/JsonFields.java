package io.github.hanllama.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.json.StrictJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/** The fields of one JSON object, each read as the type it must have; absent and null are the same. */
final class JsonFields {
    private static final int MAX_ENTRIES = 10_000;

    private final ObjectNode object;
    private final String where;

    JsonFields(ObjectNode object, String where) {
        this.object = object;
        this.where = where;
    }

    Optional<JsonNode> get(String name) {
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    Optional<String> text(String name) {
        return get(name).map(node -> text(node, name));
    }

    boolean flag(String name) {
        return get(name).map(node -> flag(node, name)).orElse(false);
    }

    int integer(String name, int byDefault, int max) {
        return get(name).map(node -> integer(node, name, max)).orElse(byDefault);
    }

    double positive(String name, double byDefault) {
        return get(name).map(node -> positive(node, name)).orElse(byDefault);
    }

    /** A list of texts. */
    List<String> texts(String name) {
        return list(name, node -> text(node, name));
    }

    /** One number or a list of numbers, each in 0..max. */
    List<Integer> indexes(String name, int max) {
        if (get(name).map(JsonNode::isNumber).orElse(false)) {
            return List.of(index(object.get(name), name, max));
        }
        return list(name, node -> index(node, name, max));
    }

    <T> SequencedMap<ModulePattern, T> patterns(String name, Function<JsonNode, T> value) {
        SequencedMap<ModulePattern, T> result = new LinkedHashMap<>();
        JsonNode node = get(name).orElse(object.objectNode());
        if (!node.isObject() || node.size() > MAX_ENTRIES) {
            throw unexpected(name, "an object of patterns and numbers", node);
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            result.put(ModulePattern.ending(entry.getKey()), value.apply(entry.getValue()));
        }
        return result;
    }

    int integer(JsonNode node, String name, int max) {
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1 || node.intValue() > max) {
            throw unexpected(name, "a whole number in 1.." + max, node);
        }
        return node.intValue();
    }

    double positive(JsonNode node, String name) {
        if (!node.isNumber() || !(node.doubleValue() > 0) || Double.isInfinite(node.doubleValue())) {
            throw unexpected(name, "a positive finite number", node);
        }
        return node.doubleValue();
    }

    ModelFormatException unexpected(String name, String expected, JsonNode found) {
        return new ModelFormatException(
                where + ": " + name + ": expected " + expected + ", found " + StrictJson.printable(found.toString()));
    }

    private int index(JsonNode node, String name, int max) {
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0 || node.intValue() > max) {
            throw unexpected(name, "whole numbers in 0.." + max, node);
        }
        return node.intValue();
    }

    private <T> List<T> list(String name, Function<JsonNode, T> element) {
        JsonNode node = get(name).orElse(object.arrayNode());
        if (!node.isArray() || node.size() > MAX_ENTRIES) {
            throw unexpected(name, "a list", node);
        }
        List<T> result = new ArrayList<>();
        node.forEach(child -> result.add(element.apply(child)));
        return List.copyOf(result);
    }

    private String text(JsonNode node, String name) {
        if (!node.isTextual()) {
            throw unexpected(name, "a text", node);
        }
        return node.textValue();
    }

    private boolean flag(JsonNode node, String name) {
        if (!node.isBoolean()) {
            throw unexpected(name, "true or false", node);
        }
        return node.booleanValue();
    }
}
