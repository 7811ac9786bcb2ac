package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.fuzz.FuzzTarget;
import io.github.hanllama.fuzz.Seeds;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.util.List;

/** The requests that {@code ./llama … --json} reads. */
public final class JsonLinesTarget implements FuzzTarget {
    @Override
    public void run(byte[] input) {
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(input),
                OutputStream.nullOutputStream(),
                OutputStream.nullOutputStream(),
                false);
        try {
            answer(new JsonLines(terminal));
        } catch (InputException e) { // as it is shown
            throw new InputException(Failures.printable(String.valueOf(e.getMessage())), e);
        }
    }

    private static void answer(JsonLines lines) {
        lines.forEachRequest(request -> {
            if (request.has("ids")) {
                int[] ids = request.ids();
                lines.answer(json -> Ids.write(json, "ids", ids));
            } else {
                String text = request.text();
                assertThat(text).isNotNull();
                lines.answer(json -> json.writeStringField("text", text));
            }
        });
    }

    @Override
    public List<Class<? extends Exception>> refusals() {
        return List.of(InputException.class);
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.text("{\"text\": \"\u767d\u65e5\"}\n\n{\"ids\": [1, 2, 3]}\r\n")
                .text("\uFEFF{\"text\": \"a\\ud83d\\ude00\"}\n{\"ids\": [1e3, -1, \"x\"]}")
                .text("[]\n")
                .text("{\"text\": 1}");
    }
}
