package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Benchmark.Round;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchCommandTest {
    private static final String MODEL =
            TestData.path("synthetic/base/hf_safetensors_f32").toString();

    @Test
    void json_hasEveryFigure() throws IOException {
        Result result = Cli.run(
                "bench",
                "--model",
                MODEL,
                "-p",
                "8",
                "-n",
                "4",
                "-d",
                "3",
                "--rounds",
                "2",
                "--threads",
                "1",
                "--json");

        assertThat(result.err()).isEmpty();
        JsonNode answer = Reference.JSON.readTree(result.out());
        for (String figure : List.of(
                "prefill_tps",
                "decode_tps",
                "bytes_per_token",
                "read_gbps",
                "bandwidth_share",
                "load_ms",
                "peak_rss_mb",
                "threads",
                "prompt_tokens",
                "new_tokens",
                "rounds",
                "position")) {
            assertThat(answer.get(figure).doubleValue()).as(figure).isPositive();
        }
        assertThat(answer.get("engine").textValue()).startsWith("java: F32 weights");
        assertThat(answer.fieldNames())
                .toIterable()
                .as("docs/cli.md names them")
                .containsExactly(
                        "model",
                        "engine",
                        "threads",
                        "prompt_tokens",
                        "new_tokens",
                        "position",
                        "rounds",
                        "prefill_tps",
                        "decode_tps",
                        "bytes_per_token",
                        "read_gbps",
                        "bandwidth_share",
                        "load_ms",
                        "peak_rss_mb",
                        "anonymous_mb");
    }

    @Test
    void json_withoutPrompt_saysZero() throws IOException {
        Result result = Cli.run("bench", "--model", MODEL, "-p", "0", "-n", "1", "--rounds", "1", "--json");

        JsonNode answer = Reference.JSON.readTree(result.out());
        assertThat(answer.get("prefill_tps").doubleValue()).isZero();
        assertThat(answer.get("decode_tps").doubleValue()).isPositive();
    }

    @Test
    void text_isForPeople() {
        Result result = Cli.run("bench", "--synthetic", "15m", "--type", "BF16", "-p", "0", "-n", "1", "--rounds", "1");

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).contains("model     synthetic", "decode    1 tokens after 0: ", "GB/s");
    }

    @Test
    void unknownSize_isWrongUsage() {
        Result result = Cli.run("bench", "--synthetic", "3b");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("no dimensions called \"3b\"; expected one of 15m, 1b, 7b");
    }

    @Test
    void noModel_isWrongUsage() {
        assertThat(Cli.run("bench").exitCode()).isEqualTo(2);
        assertThat(Cli.run("bench", "--model", MODEL, "--synthetic", "15m").exitCode())
                .isEqualTo(2);
        assertThat(Cli.run("bench", "--model", MODEL, "--rounds", "0").exitCode())
                .isEqualTo(2);
    }

    @Test
    void median_isTheMiddle() {
        Round slow = new Round(1, 2, 3);
        Round fast = new Round(5, 6, 7);

        assertThat(Benchmark.median(List.of(fast, slow, slow), Round::decode)).isEqualTo(2);
        assertThat(Benchmark.median(List.of(fast, slow), Round::read)).isEqualTo(5);
    }
}
