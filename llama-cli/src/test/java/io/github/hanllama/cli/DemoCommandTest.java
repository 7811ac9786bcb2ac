package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class DemoCommandTest {
    @Test
    void text_saysWhatIsLoaded_andThatItIsNoise() {
        Result result = Cli.run("demo", "--max-new-tokens", "8");

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("vocabulary 512 -> 640", "prompt    白日依山尽，", "tokens/s", "text is noise");
    }

    @Test
    void json_sameSeed_sameIds() throws IOException {
        JsonNode first = json("--seed", "5");
        JsonNode second = json("--seed", "5");

        assertThat(first.get("random_weights").booleanValue()).isTrue();
        assertThat(first.get("base_vocabulary_size").intValue()).isEqualTo(512);
        assertThat(first.get("vocabulary_size").intValue()).isEqualTo(640);
        assertThat(first.get("ids")).hasSize(8).isEqualTo(second.get("ids"));
        assertThat(json("--seed", "6").get("ids")).isNotEqualTo(first.get("ids"));
    }

    @Test
    void json_useTheGrownVocabulary() throws IOException {
        JsonNode answer = json("没有日");

        assertThat(answer.get("prompt_ids")).anyMatch(id -> id.intValue() >= 512);
        assertThat(answer.get("prompt_ids").get(0).intValue()).isEqualTo(1);
    }

    private static JsonNode json(String... options) throws IOException {
        String[] command = new String[options.length + 4];
        System.arraycopy(new String[] {"demo", "--max-new-tokens", "8", "--json"}, 0, command, 0, 4);
        System.arraycopy(options, 0, command, 4, options.length);
        Result result = Cli.run(command);
        assertThat(result.err()).isEmpty();
        assertThat(result.outLines()).hasSize(1);
        return Reference.JSON.readTree(result.out());
    }
}
