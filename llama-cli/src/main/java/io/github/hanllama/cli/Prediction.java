package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Optional;

/** A prompt as the model read it and its answer, under the names that the original inference scripts use. */
record Prediction(String input, String output) {
    private static final String INPUT = "Input";
    private static final String OUTPUT = "Output";

    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField(INPUT, input);
        json.writeStringField(OUTPUT, output);
        json.writeEndObject();
    }

    /** The one this object holds, if it holds one. */
    static Optional<Prediction> of(JsonNode node) {
        JsonNode input = node.path(INPUT);
        JsonNode output = node.path(OUTPUT);
        return input.isTextual() && output.isTextual()
                ? Optional.of(new Prediction(input.textValue(), output.textValue()))
                : Optional.empty();
    }
}
