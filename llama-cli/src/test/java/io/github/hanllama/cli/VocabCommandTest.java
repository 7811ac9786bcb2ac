package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.testdata.NeedsData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabCommandTest {
    private static final String SMALL = Reference.path("synthetic/tokenizers/tok512.model");
    private static final String CHINESE = Reference.path("synthetic/tokenizers/zh_subset.model");
    private static final String MODEL = Reference.path("synthetic/base/hf_bin_2shard");

    @TempDir
    private Path folder;

    @Test
    void merge_writesTheVocabularyThatTheScriptMade() {
        Path target = folder.resolve("tokenizer.model");

        Result result = Cli.run(
                "vocab", "merge", SMALL, "--add", CHINESE, "--add-piece", "[PAD]", "--output", target.toString());

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).contains("641  entries", "129  added: ");
        assertThat(target).hasSameBinaryContentAs(Path.of(Reference.path("synthetic/tokenizers/merged641_pad.model")));
        assertThat(Cli.run("vocab", "merge", SMALL, "--add", CHINESE, "--output", target.toString())
                        .exitCode())
                .isEqualTo(1);
    }

    @Test
    void merge_withAModel_growsIt() {
        String target = folder.resolve("model").toString();

        Result result = Cli.run(
                "vocab",
                "merge",
                SMALL,
                "--add",
                CHINESE,
                "--model",
                MODEL,
                "--new-rows",
                "normal",
                "--seed",
                "7",
                "--output",
                target,
                "--json");
        Result score = Cli.run("score", "--model", target, "--json");

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).isEqualTo("{\"output\":\"%s\",\"size\":640,\"added\":128}\n".formatted(target));
        assertThat(score.exitCode()).isZero();
        assertThat(folder.resolve("model/tokenizer.model"))
                .hasSameBinaryContentAs(Path.of(Reference.path("synthetic/tokenizers/merged640.model")));
    }

    @Test
    void prune_withAModel_leavesItsTextAsItWas() throws IOException {
        String grown = folder.resolve("grown").toString();
        String pruned = folder.resolve("pruned").toString();
        Cli.run("vocab", "merge", SMALL, "--add", CHINESE, "--add-piece", "[PAD]", "--model", MODEL, "--output", grown);

        JsonNode report = json(Cli.run("vocab", "prune", grown, "--model", grown, "--output", pruned, "--json"));
        String input = "{\"text\":\"白日依山尽\"}\n";
        JsonNode before = json(Cli.runWithInput(input, "score", "--model", grown, "--json"));
        JsonNode after = json(Cli.runWithInput(input, "score", "--model", pruned, "--json"));

        int unreachable = report.get("unreachable").size();
        assertThat(unreachable).isPositive();
        assertThat(report.get("kept").asInt()).isEqualTo(641 - unreachable);
        assertThat(after.get("ids")).hasSameSizeAs(before.get("ids"));
        assertThat(after.get("nll").asDouble()).isLessThan(before.get("nll").asDouble()); // fewer rivals, nothing else
    }

    @Test
    void diff_showsWhatIsNew_andCountsTokens() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "白日依山尽，黄河入海流。");
        String grown = Reference.path("synthetic/tokenizers/merged640.model");

        JsonNode report = json(Cli.run("vocab", "diff", SMALL, grown, "--text", text.toString(), "--json"));
        Result table = Cli.run("vocab", "diff", SMALL, grown, "--text", text.toString());

        assertThat(report.get("same").asInt()).isEqualTo(512);
        assertThat(report.get("only_second")).hasSize(128);
        assertThat(report.get("text")).hasSize(2);
        assertThat(report.at("/text/1/tokens").asInt())
                .isLessThan(report.at("/text/0/tokens").asInt());
        assertThat(table.out()).contains("512  pieces in both under the same id", "tokens for 12 characters");
    }

    @Test
    void stats_ofAModelsFolder() throws IOException {
        JsonNode report = json(Cli.runWithInput("hello", "vocab", "stats", MODEL, "--text", "-", "--json"));

        assertThat(report.get("size").asInt()).isEqualTo(512);
        assertThat(report.get("bytes").asInt()).isEqualTo(256);
        assertThat(report.at("/text/0/characters").asInt()).isEqualTo(5);
        assertThat(Cli.run("vocab", "stats", MODEL).out()).contains("512  entries", "256  single bytes");
    }

    @Test
    @NeedsData({"tokenizers/llama_tokenizer.model", "tokenizers/chinese_sp.model"})
    void thePublishedVocabularies() throws IOException {
        String llama = Reference.path("tokenizers/llama_tokenizer.model");
        Path target = folder.resolve("tokenizer.model");
        Cli.run(
                "vocab",
                "merge",
                llama,
                "--add",
                Reference.path("tokenizers/chinese_sp.model"),
                "--output",
                target.toString());

        assertThat(target).hasSameBinaryContentAs(Path.of(Reference.path("tokenizers/chinese_llama_49953.model")));
        assertThat(json(Cli.run("vocab", "prune", target.toString(), "--json")).get("unreachable"))
                .hasSizeGreaterThan(300);
        JsonNode difference = json(
                Cli.run("vocab", "diff", llama, Reference.path("tokenizers/chinese_llama2_55296.model"), "--json"));
        assertThat(difference.get("same").asInt()).isEqualTo(32000);
        assertThat(difference.get("only_second")).hasSize(23296);
        assertThat(json(Cli.run("vocab", "stats", target.toString(), "--json"))
                        .get("size")
                        .asInt())
                .isEqualTo(49953);
    }

    @Test
    void withoutACommand_isWrongUsage() {
        assertThat(Cli.run("vocab").exitCode()).isEqualTo(2);
        assertThat(Cli.run("vocab", "merge", SMALL, "--add", CHINESE).exitCode())
                .isEqualTo(2); // nowhere to write
    }

    private static JsonNode json(Result result) throws IOException {
        assertThat(result.err()).isEmpty();
        return new ObjectMapper().readTree(result.out());
    }
}
