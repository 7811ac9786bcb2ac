package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterCommandTest {
    private static final String BASE = Reference.path("hf/lora_patterns/base");
    private static final String LAYERS = Reference.path("hf/lora_layers/adapter");
    private static final String PATTERNS = Reference.path("hf/lora_patterns/adapter");

    @TempDir
    private Path folder;

    @Test
    void combine_asAnAdapterAndAsAModel_isTheSameModel() throws IOException {
        String adapter = folder.resolve("adapter").toString();
        String model = folder.resolve("model").toString();

        Result combined = Cli.run(
                "adapter",
                "combine",
                "--base",
                BASE,
                "--lora",
                LAYERS,
                "--lora",
                PATTERNS,
                "--weight",
                "0.5",
                "--output",
                adapter,
                "--json");
        Result merged = Cli.run(
                "adapter",
                "combine",
                "--base",
                BASE,
                "--lora",
                LAYERS,
                "--lora",
                PATTERNS,
                "--weight",
                "0.5",
                "--merge",
                "--output",
                model);

        assertThat(combined.err()).isEmpty();
        assertThat(merged.err()).isEmpty();
        assertThat(combined.outLines()).allSatisfy(line -> assertThat(
                        new ObjectMapper().readTree(line).get("error").asDouble())
                .isLessThan(1e-5));
        double asAdapter = nll("--model", BASE, "--lora", adapter);
        assertThat(asAdapter).isCloseTo(nll("--model", model), offset(1e-3));
        assertThat(asAdapter).isNotEqualTo(nll("--model", BASE));
    }

    @Test
    void extract_findsTheAdapterInTheModel() throws IOException {
        String model = folder.resolve("model").toString();
        String adapter = folder.resolve("adapter").toString();
        Cli.run("merge", "--base", BASE, "--lora", LAYERS, "--output", model);

        Result extracted =
                Cli.run("adapter", "extract", "--base", BASE, "--model", model, "--rank", "8", "--output", adapter);

        assertThat(extracted.err()).isEmpty();
        assertThat(extracted.out())
                .contains("eff.rank", "layers.1.self_attn.k_proj.weight", "layers.1.self_attn.o_proj.weight")
                .doesNotContain("layers.0.", "norm.weight");
        assertThat(nll("--model", BASE, "--lora", adapter)).isCloseTo(nll("--model", model), offset(1e-2));
    }

    @Test
    void report_andSubtract() throws IOException {
        String model = folder.resolve("model").toString();
        String rest = folder.resolve("rest").toString();
        Cli.run("merge", "--base", BASE, "--lora", PATTERNS, "--dtype", "f32", "--output", model);

        Result report = Cli.run("adapter", "report", "--base", BASE, "--lora", PATTERNS, "--json");
        Result subtracted =
                Cli.run("adapter", "subtract", "--model", model, "--lora", PATTERNS, "--output", rest, "--json");

        JsonNode first = new ObjectMapper().readTree(report.outLines().getFirst());
        assertThat(first.get("relative_norm").asDouble()).isPositive();
        assertThat(first.get("effective_rank").asDouble()).isGreaterThanOrEqualTo(1);
        assertThat(subtracted.err()).isEmpty();
        assertThat(nll("--model", rest)).isCloseTo(nll("--model", BASE), offset(1e-2));
    }

    @Test
    void wrongUsage() {
        assertThat(Cli.run("adapter").exitCode()).isEqualTo(2);
        assertThat(Cli.run("adapter", "report", "--base", BASE).exitCode()).isEqualTo(2);
        assertThat(Cli.run(
                                "adapter",
                                "combine",
                                "--base",
                                BASE,
                                "--lora",
                                LAYERS,
                                "--weight",
                                "1",
                                "--weight",
                                "2",
                                "--output",
                                "x")
                        .exitCode())
                .isEqualTo(2);
        assertThat(Cli.run(
                                "adapter",
                                "combine",
                                "--base",
                                BASE,
                                "--lora",
                                LAYERS,
                                "--method",
                                "ties",
                                "--density",
                                "2",
                                "--output",
                                folder.resolve("x").toString())
                        .err())
                .contains("density must be in (0, 1], was 2.0");
    }

    private static double nll(String... model) throws IOException {
        String[] arguments = new String[model.length + 2];
        arguments[0] = "score";
        System.arraycopy(model, 0, arguments, 1, model.length);
        arguments[arguments.length - 1] = "--json";
        Result result = Cli.runWithInput("{\"ids\":[1,5,9,20,3,7]}\n", arguments);
        assertThat(result.err()).isEmpty();
        return new ObjectMapper().readTree(result.out()).get("nll").asDouble();
    }
}
