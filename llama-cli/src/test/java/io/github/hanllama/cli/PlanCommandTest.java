package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class PlanCommandTest {
    private final String base = Reference.path("synthetic/base/hf_bin_2shard");
    private final String first = Reference.path("synthetic/lora_a");
    private final String second = Reference.path("synthetic/lora_b");

    @Test
    void plan_thatFits() {
        Result result = Cli.run("plan", "--model", base, "--lora", first, "--lora", second);

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.outLines())
                .contains(
                        "base      " + base,
                        "fit       yes, together a model with a vocabulary of 641",
                        "download  nothing, all files are here")
                .anyMatch(line -> line.matches("memory +java, as stored \\(F16\\) .*MB to load, for 1000 tokens .*"))
                .anyMatch(
                        line -> line.matches("choice +java, as stored \\(F16\\), .*the fastest that loads at once\\)"));
    }

    @Test
    void plan_thatDoesNot_saysAllOfItAndFails() {
        Result result = Cli.run("plan", "--model", base, "--lora", second, "--lora", first, "--lora", base);

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("fit       no, it would not load:", "the chain is in the wrong order");
        assertThat(result.outLines())
                .filteredOn(line -> line.startsWith("          - "))
                .hasSize(2);
    }

    @Test
    void plan_json() throws IOException {
        Result result = Cli.run("plan", "--json", "--model", base, "--lora", first);

        JsonNode plan = Reference.JSON.readTree(result.out());
        assertThat(plan.get("fits").booleanValue()).isTrue();
        assertThat(plan.get("findings")).isEmpty();
        assertThat(plan.get("parts")).hasSize(2);
        assertThat(plan.get("download_bytes").longValue()).isZero();
        JsonNode choice = plan.get("choice");
        assertThat(choice.get("engine").textValue()).isEqualTo("java");
        assertThat(choice.get("quantize").isNull()).isTrue();
        assertThat(choice.get("peak_bytes").longValue())
                .isGreaterThan(choice.get("load_bytes").longValue());
        assertThat(plan.get("memory")).hasSizeGreaterThan(3);
    }

    @Test
    void maxMemory_choosesAndRefuses() {
        assertThat(Cli.run("plan", "--model", base, "--max-memory", "2GB").out())
                .contains("(the best that fits 2.0 GB)");
        Result refused = Cli.run("plan", "--model", base, "--max-memory", "5M");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.out()).contains("- does not fit 5.0 MB: what takes least (");
        assertThat(Cli.run("generate", "--model", base, "--max-memory", "5M", "x")
                        .err())
                .startsWith("llama: does not fit 5.0 MB: ")
                .hasLineCount(1);
        assertThat(Cli.run("plan", "--model", base, "--max-memory", "much").exitCode())
                .isEqualTo(2);
    }
}
