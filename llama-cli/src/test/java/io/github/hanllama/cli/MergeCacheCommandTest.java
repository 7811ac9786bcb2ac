package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --merge-cache}, and {@code cache} with it. */
class MergeCacheCommandTest {
    private static final String BASE = Reference.path("synthetic/base/hf_safetensors_f32");
    private static final String ADAPTER = Reference.path("synthetic/lora_a");

    @TempDir
    private Path folder;

    private Result cache(String command, String... more) {
        String[] args = new String[more.length + 4];
        List.of("cache", command, "--merge-cache", folder.toString()).toArray(args);
        System.arraycopy(more, 0, args, 4, more.length);
        return Cli.run(args);
    }

    private Result score(String... more) {
        String[] args = new String[more.length + 7];
        List.of("score", "--model", BASE, "--lora", ADAPTER, "--json", "--threads=1")
                .toArray(args);
        System.arraycopy(more, 0, args, 7, more.length);
        return Cli.runWithInput("{\"ids\":[1,2,3]}\n", args);
    }

    @Test
    void mergedOnce_usedTwice_listedAndRemoved() throws IOException {
        Result plain = score();
        for (int i = 0; i < 2; i++) {
            Result result = score("--merge-cache", folder.toString());
            assertThat(result.err()).isEmpty();
            assertThat(result.out()).isNotEmpty().isEqualTo(plain.out());
        }
        assertThat(cache("list").outLines()).hasSize(2).last().asString().contains("hf_safetensors_f32 + ");
        JsonNode listed = Reference.JSON.readTree(cache("list", "--json").out());
        assertThat(listed.get("current").booleanValue()).isTrue();
        Path kept = Path.of(listed.get("folder").textValue());
        assertThat(Cli.run("verify", kept.resolve("model").toString()).out()).startsWith("all 3 files are as");

        assertThat(cache("prune").out()).isEmpty();
        assertThat(cache("prune", "--unused-days", "0", "--dry-run").outLines()).hasSize(2);
        assertThat(kept).exists();
        assertThat(cache("rm", listed.get("key").textValue().substring(0, 6)).exitCode())
                .isZero();
        assertThat(kept).doesNotExist();
        assertThat(cache("rm", "abc").err())
                .contains("expected one merged model")
                .hasLineCount(1);
        assertThat(cache("list").out()).isEmpty();
        assertThat(Files.exists(folder)).isTrue();
    }
}
