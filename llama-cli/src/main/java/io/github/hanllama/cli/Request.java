package io.github.hanllama.cli;

import com.fasterxml.jackson.databind.JsonNode;

/** One JSON object of the input. Fields nobody asks for are ignored. */
record Request(JsonNode node) {
    Request {
        if (!node.isObject()) {
            throw new InputException("expected a JSON object, found " + kind(node));
        }
    }

    boolean has(String field) {
        return node.has(field);
    }

    String text() {
        JsonNode text = field("text");
        if (!text.isTextual()) {
            throw new InputException("expected a string in \"text\", found " + kind(text));
        }
        return text.textValue();
    }

    int[] ids() {
        JsonNode ids = field("ids");
        if (!ids.isArray()) {
            throw new InputException("expected a list of integers in \"ids\", found " + kind(ids));
        }
        int[] result = new int[ids.size()];
        for (int i = 0; i < result.length; i++) {
            JsonNode id = ids.get(i);
            if (!id.isIntegralNumber() || !id.canConvertToInt()) {
                throw new InputException("expected an integer at index " + i + " of \"ids\", found " + kind(id));
            }
            result[i] = id.intValue();
        }
        return result;
    }

    private JsonNode field(String name) {
        JsonNode value = node.get(name);
        if (value == null) {
            throw new InputException("expected a field \"" + name + "\", found none");
        }
        return value;
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case NUMBER -> "the number " + node.asText();
            case BOOLEAN -> node.asText();
            case NULL -> "null";
            default -> "nothing";
        };
    }
}
