package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoCommandTest {
    @Test
    void text_saysWhatIsLoaded_andWritesAPoem() {
        Result result = Cli.run("demo");

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out())
                .contains("tiny-llama: English", "vocabulary 2000 -> 4496", "vocabulary 4496 -> 4497")
                .contains("prompt    请写一首题为《秋夜》的七言绝句。", "tokens/s", "ended by eos");
        String text = result.out()
                .substring(result.out().indexOf("text      "), result.out().indexOf("speed"));
        assertThat(text.codePoints().filter(Character::isIdeographic)).hasSizeGreaterThanOrEqualTo(14);
    }

    @Test
    void json_sameSeed_sameIds() throws IOException {
        JsonNode first = json("--seed", "5").getFirst();
        JsonNode second = json("--seed", "5").getFirst();

        assertThat(first.get("vocabulary_size").intValue()).isEqualTo(4497);
        assertThat(first.get("adapters")).hasSize(2);
        assertThat(first.get("ids")).hasSize(8).isEqualTo(second.get("ids"));
        assertThat(json("--seed", "6").getFirst().get("ids")).isNotEqualTo(first.get("ids"));
    }

    @Test
    void number_isOneOfThePrompts() throws IOException {
        JsonNode answer = json("2").getFirst();

        assertThat(answer.get("prompt").textValue()).isEqualTo("写一首关于明月的五言绝句。");
        assertThat(answer.get("prompt_ids").get(0).intValue()).isEqualTo(1);
        assertThat(answer.get("prompt_ids")).anyMatch(id -> id.intValue() >= 2000);
    }

    @Test
    void compare_showsEveryStage() throws IOException {
        List<JsonNode> answers = json("--compare", "To be, or not to be");

        assertThat(answers)
                .extracting(answer -> answer.get("stage").textValue())
                .containsExactly("base", "chinese_llama", "chinese_alpaca");
        assertThat(answers).extracting(answer -> answer.get("ids")).doesNotHaveDuplicates();
    }

    @Test
    void compare_standsSideBySide() {
        Result result = Cli.run("demo", "--compare", "--max-new-tokens", "8");

        assertThat(result.err()).isEmpty();
        assertThat(result.outLines())
                .contains("prompt: 七言絕句 秋夜⏎", "prompt: To be, or not to be")
                .filteredOn(line -> line.startsWith("base "))
                .hasSize(3)
                .allSatisfy(line -> assertThat(line).contains("+ LLaMA LoRA", "+ Alpaca LoRA"));
    }

    @Test
    void negativeLength_isWrongUsage() {
        Result result = Cli.run("demo", "--max-new-tokens", "-1");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("maxNewTokens");
    }

    private static List<JsonNode> json(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("demo", "--max-new-tokens", "8", "--json"));
        command.addAll(List.of(options));
        Result result = Cli.run(command.toArray(String[]::new));
        assertThat(result.err()).isEmpty();
        List<JsonNode> answers = new ArrayList<>();
        for (String line : result.outLines()) {
            answers.add(Reference.JSON.readTree(line));
        }
        return answers;
    }
}
