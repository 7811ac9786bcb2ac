package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.cli.Reference.Case;
import io.github.hanllama.cli.Reference.Model;
import io.github.hanllama.core.engine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerateCommandTest {
    private static final double CLEAR_GAP = 1e-3;
    private static final String BASE = Reference.path("synthetic/base/hf_safetensors_f32");
    private static final String TOKENIZER = Reference.path("synthetic/tokenizers/tok512.model");

    @ParameterizedTest(name = "{0}, engine {1}")
    @MethodSource("io.github.hanllama.cli.Reference#modelsOrEngines") // ScoreCommandTest has every pair
    void greedy_equalsTheReference(Model model, Engine engine) throws IOException {
        List<Case> clear = model.cases().stream()
                .filter(expected -> expected.minGap() >= CLEAR_GAP)
                .toList();
        for (Case expected : List.of(clear.getFirst(), clear.getLast())) { // ScoreCommandTest has them all
            JsonNode answer = greedy(model, engine, expected);
            assertThat(answer.get("prompt_ids")).isEqualTo(expected.ids());
            assertThat(answer.get("ids")).isEqualTo(expected.greedy());
            assertThat(answer.get("finish_reason").textValue()).isEqualTo("length");
        }
    }

    private static JsonNode greedy(Model model, Engine engine, Case expected) throws IOException {
        Result result = Cli.run(model.command(
                "generate",
                engine,
                "--ids",
                expected.idsOption(),
                "--max-new-tokens",
                String.valueOf(expected.greedy().size()),
                "--temperature",
                "0",
                "--ignore-eos",
                "--json"));
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.outLines()).hasSize(1);
        return Reference.JSON.readTree(result.out());
    }

    @Test
    void json_fieldsInOrder() throws IOException {
        JsonNode answer = generate("--ids", "1,403", "--max-new-tokens", "2");

        assertThat(answer.fieldNames())
                .toIterable()
                .containsExactly("prompt_ids", "ids", "text", "finish_reason", "prefill_ms", "decode_ms");
        assertThat(answer.get("prefill_ms").doubleValue()).isPositive();
        assertThat(answer.get("decode_ms").doubleValue()).isPositive();
    }

    @Test
    void prompt_isEncodedWithBos_andTextIsTheStream() throws IOException {
        JsonNode answer = generate("Once upon a time", "--max-new-tokens", "12");
        Result plain = Cli.run(
                "generate", "--model", BASE, "--tokenizer", TOKENIZER, "Once upon a time", "--max-new-tokens", "12");

        assertThat(answer.get("prompt_ids")).hasToString("[1,403,407,261,378]");
        assertThat(answer.get("text").textValue()).isNotEmpty();
        assertThat(plain.out()).isEqualTo(answer.get("text").textValue() + "\n");
        assertThat(plain.err()).isEmpty();
    }

    @Test
    void prompt_fromStandardInput() {
        Result argument =
                Cli.run("generate", "--model", BASE, "--tokenizer", TOKENIZER, "Once\nupon", "--max-new-tokens", "4");
        Result input = Cli.runWithInput(
                "Once\nupon\n", "generate", "--model", BASE, "--tokenizer", TOKENIZER, "-", "--max-new-tokens", "4");

        assertThat(input).isEqualTo(argument);
    }

    @Test
    void packedCache_isWrittenThenMapped(@TempDir Path folder) throws IOException {
        String[] options = {
            "--ids", "1,403", "--max-new-tokens", "4", "--engine", "java", "--packed-cache", folder.toString()
        };
        JsonNode first = generate(options).get("ids");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).singleElement().satisfies(file -> assertThat(file).isRegularFile());
        }
        assertThat(generate(options).get("ids"))
                .isEqualTo(first)
                .isEqualTo(generate("--ids", "1,403", "--max-new-tokens", "4", "--engine", "java")
                        .get("ids"));
    }

    @Test
    void seed_makesSamplingRepeatable() throws IOException {
        String[] options = {"--ids", "1", "--max-new-tokens", "16", "--temperature", "1", "--seed", "7"};

        assertThat(generate(options).get("ids")).isEqualTo(generate(options).get("ids"));
        options[7] = "8";
        assertThat(generate(options).get("ids"))
                .isNotEqualTo(generate("--ids", "1", "--max-new-tokens", "16", "--temperature", "1", "--seed", "7")
                        .get("ids"));
    }

    @Test
    void logitBias_bansAndForces() throws IOException {
        int likeliest = generate("--ids", "1", "--max-new-tokens", "1")
                .get("ids")
                .get(0)
                .intValue();

        JsonNode banned = generate("--ids", "1", "--max-new-tokens", "1", "--logit-bias", likeliest + "=-inf");
        JsonNode forced = generate("--ids", "1", "--max-new-tokens", "3", "--logit-bias", "300=1000");

        assertThat(banned.get("ids").get(0).intValue()).isNotEqualTo(likeliest);
        assertThat(forced.get("ids")).hasToString("[300,300,300]");
    }

    @Test
    void penalties_endRepetition() throws IOException {
        String[] repeating = {"--ids", "1", "--max-new-tokens", "3", "--logit-bias", "300=1000"};
        JsonNode presence = generate(Stream.concat(Stream.of(repeating), Stream.of("--presence-penalty", "2000"))
                .toArray(String[]::new));
        JsonNode frequency = generate(Stream.concat(Stream.of(repeating), Stream.of("--frequency-penalty", "2000"))
                .toArray(String[]::new));

        assertThat(presence.get("ids").get(0).intValue()).isEqualTo(300);
        assertThat(presence.get("ids").get(1).intValue()).isNotEqualTo(300);
        assertThat(frequency.get("ids")).isEqualTo(presence.get("ids"));
    }

    @Test
    void samples_areTheTextsOfTheirSeeds() throws IOException {
        String[] seeded = {
            "--model", BASE, "--tokenizer", TOKENIZER, "Once", "--max-new-tokens", "6", "--temperature", "1"
        };
        Result samples = run(seeded, "--seed", "7", "--samples", "2", "--json");
        Result next = run(seeded, "--seed", "8");

        assertThat(samples.outLines()).hasSize(2);
        assertThat(Reference.JSON
                                .readTree(samples.outLines().get(1))
                                .get("text")
                                .textValue() + "\n")
                .isEqualTo(next.out());
        assertThat(run(seeded, "--seed", "7", "--samples", "2").out())
                .isEqualTo(run(seeded, "--seed", "7").out() + next.out());
    }

    private static Result run(String[] options, String... more) {
        return Cli.run(Stream.of(Stream.of("generate"), Stream.of(options), Stream.of(more))
                .flatMap(part -> part)
                .toArray(String[]::new));
    }

    @Test
    void logprobs_areThoseOfTheIds() throws IOException {
        JsonNode answer = generate("--ids", "1,403", "--max-new-tokens", "3", "--logprobs", "2", "--ignore-eos");

        assertThat(answer.get("logprobs")).hasSize(3);
        for (int i = 0; i < 3; i++) {
            JsonNode each = answer.get("logprobs").get(i);
            assertThat(each.get("logprob").doubleValue()).isNegative();
            assertThat(each.get("top")).hasSize(2);
            assertThat(each.get("top").get(0).get(0))
                    .isEqualTo(answer.get("ids").get(i)); // greedy
            assertThat(each.get("top").get(0).get(1)).isEqualTo(each.get("logprob"));
        }
    }

    @Test
    void template_writesTheQuestionDown() throws IOException {
        JsonNode raw = generate("Once", "--max-new-tokens", "1");
        JsonNode asked = generate("Once", "--max-new-tokens", "1", "--template", "llama-2", "--system", "Be kind.");

        assertThat(raw.get("prompt_ids").size()).isLessThan(5);
        assertThat(asked.get("prompt_ids").size()).isGreaterThan(20);
        assertThat(asked.get("prompt_ids").get(0).intValue()).isEqualTo(1);
    }

    @Test
    void deadline_endsTheText() throws IOException {
        assertThat(generate("--ids", "1", "--max-new-tokens", "100", "--deadline", "0")
                        .get("finish_reason")
                        .textValue())
                .isEqualTo("deadline");
    }

    @Test
    void stop_endsTheText() throws IOException {
        String text = generate("Once", "--max-new-tokens", "12").get("text").textValue();
        String stop = text.substring(3, 5);

        JsonNode answer = generate("Once", "--max-new-tokens", "12", "--stop", stop);

        assertThat(answer.get("finish_reason").textValue()).isEqualTo("stop");
        assertThat(answer.get("text").textValue()).isEqualTo(text.substring(0, text.indexOf(stop)));
    }

    @Test
    void context_boundsPromptAndText() throws IOException {
        JsonNode answer = generate("--ids", "1,2,3", "--max-new-tokens", "100", "--context", "8", "--ignore-eos");

        assertThat(answer.get("ids")).hasSize(5);
        assertThat(answer.get("finish_reason").textValue()).isEqualTo("length");
    }

    @Test
    void noTokenizer_withIds_writesIds() {
        Result result = Cli.run("generate", "--model", BASE, "--ids", "1", "--max-new-tokens", "3");

        assertThat(result).isEqualTo(new Result(0, "265 223 257\n", ""));
    }

    @Test
    void noTokenizer_withText_saysWhatToDo() {
        Result result = Cli.run("generate", "--model", BASE, "Once");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("--tokenizer").contains("--ids").hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "generate --model X",
                "generate --model X --ids 1 PROMPT",
                "generate --model X PROMPT --temperature -1",
                "generate --model X PROMPT --max-new-tokens 0",
                "generate --model X PROMPT --top-p 2",
                "generate --model X PROMPT --typical-p 0",
                "generate --model X PROMPT --logit-bias 5=much",
                "generate --model X PROMPT --logit-bias 5",
                "generate --model X PROMPT --template chatml",
                "generate --model X PROMPT --system text",
                "generate --model X PROMPT --samples 0",
                "generate --model X PROMPT --logprobs -1",
                "generate --model X --prompts FILE PROMPT",
                "generate --model X --prompts FILE --samples 2",
                "generate PROMPT",
            })
    void wrongUsage_isExitCode2(String commandLine) {
        Result result = Cli.run(commandLine.split(" "));

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).endsWith("; see llama generate --help\n").hasLineCount(1);
    }

    @Test
    void idOutsideTheVocabulary_isRefused() {
        Result result = Cli.run("generate", "--model", BASE, "--ids", "512", "--json");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("512").hasLineCount(1);
    }

    private static JsonNode generate(String... options) throws IOException {
        String[] command = new String[options.length + 6];
        System.arraycopy(
                new String[] {"generate", "--model", BASE, "--tokenizer", TOKENIZER, "--json"}, 0, command, 0, 6);
        System.arraycopy(options, 0, command, 6, options.length);
        Result result = Cli.run(command);
        assertThat(result.err()).isEmpty();
        return Reference.JSON.readTree(result.out());
    }
}
