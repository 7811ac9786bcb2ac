package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonLinesTest {
    @Test
    void forEachRequest_skipsByteOrderMarkAndBlankLines() {
        assertThat(texts("\uFEFF{\"text\":\"白日\"}\n\n \t\n{\"text\":\"\"}\n")).containsExactly("白日", "");
    }

    @Test
    void forEachRequest_loneSurrogate_arrivesAsItIs() {
        assertThat(texts("{\"text\":\"a\\ud800b\"}")).containsExactly("a\ud800b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'text':1}          | expected a string in 'text', found the number 1",
                "{'ids':[1]}         | expected a field 'text', found none",
                "[1]                 | expected a JSON object, found a list",
                "{'text':'a'} {}     | Trailing token",
                "{'text':'a','text':'b'} | Duplicate field 'text'",
                "{'text':'a'         | found the end of the line inside it",
                "text                | Unrecognized token 'text'"
            })
    void forEachRequest_malformed_namesTheLine(String line, String message) {
        assertThatThrownBy(() -> texts("{\"text\":\"good\"}\n" + line.replace('\'', '"')))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("line 2 of the input: ")
                .extracting(e -> e.getMessage().replace('"', '\''))
                .asString()
                .contains(message);
    }

    @Test
    void forEachRequest_deepNesting_isRefused() {
        assertThatThrownBy(() -> texts("[".repeat(100_000)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("line 1")
                .hasMessageContaining("depth");
    }

    @Test
    void forEachRequest_notUtf8_isRefused() {
        byte[] latin1 = "{\"text\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> new JsonLines(terminal(latin1)).forEachRequest(Request::text))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("line 1")
                .hasMessageContaining("UTF-8");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'ids':[1,2.5]}       | expected an integer at index 1 of 'ids', found the number 2.5",
                "{'ids':[2147483648]}  | expected an integer at index 0 of 'ids', found the number 2147483648",
                "{'ids':'1'}           | expected a list of integers in 'ids', found a string"
            })
    void ids_malformed(String line, String message) {
        byte[] json = line.replace('\'', '"').getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> new JsonLines(terminal(json)).forEachRequest(Request::ids))
                .hasMessage("line 1 of the input: " + message.replace('\'', '"'));
    }

    private static List<String> texts(String input) {
        List<String> texts = new ArrayList<>();
        new JsonLines(terminal(input.getBytes(StandardCharsets.UTF_8)))
                .forEachRequest(request -> texts.add(request.text()));
        return texts;
    }

    private static Terminal terminal(byte[] input) {
        return new Terminal(
                new ByteArrayInputStream(input), new ByteArrayOutputStream(), new ByteArrayOutputStream(), false);
    }
}
