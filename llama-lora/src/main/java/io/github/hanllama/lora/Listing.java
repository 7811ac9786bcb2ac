package io.github.hanllama.lora;

import io.github.hanllama.core.json.StrictJson;
import java.util.Collection;
import java.util.stream.Collectors;

/** The first ten of many names, for one line of a message. */
final class Listing {
    private static final int SHOWN = 10;

    private Listing() {}

    static String of(Collection<String> names) {
        String shown = names.stream().limit(SHOWN).map(StrictJson::printable).collect(Collectors.joining(", "));
        return names.size() > SHOWN ? shown + " and " + (names.size() - SHOWN) + " more" : shown;
    }
}
