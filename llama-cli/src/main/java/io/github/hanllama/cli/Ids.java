package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Token ids as users write them: {@code 1,2,3}. */
final class Ids {
    private Ids() {}

    /** @throws InputException when something between the commas or spaces is no id */
    static int[] parse(List<String> words) {
        return words.stream()
                .flatMap(word -> Arrays.stream(word.split("[,\\s]+", -1)))
                .filter(word -> !word.isEmpty())
                .mapToInt(Ids::parse)
                .toArray();
    }

    private static int parse(String word) {
        try {
            return Integer.parseUnsignedInt(word);
        } catch (NumberFormatException e) {
            throw new InputException("expected token ids such as 1,2,3, found \"" + word + "\"", e);
        }
    }

    static void write(JsonGenerator json, String field, int[] ids) throws IOException {
        json.writeFieldName(field);
        json.writeArray(ids, 0, ids.length);
    }
}
