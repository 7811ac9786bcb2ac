package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.cli.Cli.Result;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PatchCommandTest {
    private static final String BASE = Reference.path("synthetic/base/hf_bin_2shard");
    private static final String PATCH = Reference.path("patch");

    @TempDir
    private Path folder;

    @Test
    void apply_writesAModel_andAgainIsRefused() {
        String model = folder.resolve("model").toString();

        Result applied = Cli.run("patch", "apply", "--base", BASE, "--patch", PATCH, "--output", model, "--json");
        Result again = Cli.run("patch", "apply", "--base", model, "--patch", PATCH, "--output", model + "2");

        assertThat(applied.err()).isEmpty();
        assertThat(applied.out()).contains("\"files\":[\"config.json\",", "\"content_sha256\":");
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err())
                .contains("it is already part of it; apply it once")
                .hasLineCount(1);
        assertThat(folder.resolve("model2")).doesNotExist();
    }

    @Test
    void merge_takesAPatchLikeAnAdapter() {
        String model = folder.resolve("model").toString();

        Result merged = Cli.run("merge", "--base", BASE, "--lora", PATCH, "--output", model, "--json");
        Result applied = Cli.run("patch", "apply", "--base", BASE, "--patch", PATCH, "--output", model + "2", "--json");

        assertThat(merged.out().replace(model, model + "2")).isEqualTo(applied.out());
    }

    @Test
    void create_writesAPatch_thatIsNoModel() {
        String model = folder.resolve("model").toString();
        String patch = folder.resolve("patch").toString();
        Cli.run("patch", "apply", "--base", BASE, "--patch", PATCH, "--output", model);

        Result created = Cli.run("patch", "create", "--base", BASE, "--model", model, "--output", patch);
        Result opened = Cli.run("score", "--model", patch, "--json");

        assertThat(created.exitCode()).isZero();
        assertThat(created.out()).contains("pytorch_model-1-of-2.bin", "patch_history.json");
        assertThat(created.err()).isEmpty(); // of what was added once, nothing is lost
        assertThat(opened.exitCode()).isEqualTo(1);
        assertThat(opened.err()).contains("is a patch, the difference of a model to its base");
    }

    @Test
    void withoutACommand_isWrongUsage() {
        Result result = Cli.run("patch");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("a command is missing: apply or create");
    }
}
