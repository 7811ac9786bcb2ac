package io.github.hanllama.lora;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.hub.HubKind;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.lora.CatalogueModel.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** Reads {@code catalogue.json}, our own file: what is wrong in it is our mistake. */
final class Catalogue {
    private static final String FILE = "catalogue.json";

    private Catalogue() {}

    /** By name, in the order of the file. */
    static SequencedMap<String, CatalogueModel> read() {
        SequencedMap<String, CatalogueModel> models = new LinkedHashMap<>();
        for (JsonNode entry : StrictJson.object(bytes(), FILE).path("models")) {
            CatalogueModel model = model(entry);
            if (models.put(model.name(), model) != null) {
                throw new IllegalStateException(FILE + ": twice: " + model.name());
            }
        }
        return Collections.unmodifiableSequencedMap(models);
    }

    private static byte[] bytes() {
        try (InputStream stream = Catalogue.class.getResourceAsStream(FILE)) {
            if (stream == null) {
                throw new IllegalStateException("the jar lacks " + FILE);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CatalogueModel model(JsonNode entry) {
        Map<HubKind, String> repos = new EnumMap<>(HubKind.class);
        for (HubKind hub : HubKind.values()) {
            optional(entry, hub.scheme()).ifPresent(repo -> repos.put(hub, repo));
        }
        return new CatalogueModel(
                required(entry, "name"),
                required(entry, "title"),
                Kind.valueOf(required(entry, "kind").toUpperCase(Locale.ROOT)),
                optional(entry, "base"),
                repos,
                entry.path("vocabulary").intValue(),
                entry.path("context").intValue(),
                optional(entry, "template"),
                required(entry, "licence"),
                texts(entry.path("sha256")),
                texts(entry.path("conversions")));
    }

    private static String required(JsonNode entry, String field) {
        return optional(entry, field)
                .orElseThrow(() -> new IllegalStateException(FILE + ": no " + field + ": " + entry));
    }

    private static Optional<String> optional(JsonNode entry, String field) {
        return Optional.of(entry.path(field)).filter(JsonNode::isTextual).map(JsonNode::textValue);
    }

    private static Map<String, String> texts(JsonNode object) {
        return object.properties().stream().collect(Collectors.toMap(Map.Entry::getKey, field -> field.getValue()
                .asText()));
    }
}
