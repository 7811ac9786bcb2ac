package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.core.plan.ByteCount;
import io.github.hanllama.testdata.FakeHub;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code pull}, {@code cache}, and models named by their place on a hub. */
class PullCommandTest {
    @TempDir
    private Path folder;

    private final FakeHub hub = FakeHub.start();
    private final Map<String, String> variables = new HashMap<>();

    @BeforeEach
    void fillHub() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(Reference.path("synthetic/base/hf_safetensors_f32")))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".safetensors")) {
                    hub.largeFile(name, Files.readAllBytes(file));
                } else {
                    hub.file(name, Files.readAllBytes(file));
                }
            }
        }
        variables.put("HF_ENDPOINT", hub.endpoint().toString());
        variables.put("MODELSCOPE_ENDPOINT", hub.endpoint().toString());
        variables.put("MODELSCOPE_CACHE", folder.resolve("ms").toString());
        variables.put("HF_HOME", folder.toString());
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    private Result run(String... args) {
        return runWithInput("", args);
    }

    private Result runWithInput(String input, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal =
                new Terminal(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), out, err, false);
        int exitCode = LlamaCommand.run(terminal, new Hubs(variables, folder, terminal), args);
        return new Result(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private Path snapshot() {
        return folder.resolve("hub/models--han--poet/snapshots").resolve(FakeHub.COMMIT);
    }

    @Test
    void pull_printsTheFolder() {
        Result result = run("pull", FakeHub.REPO);

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.outLines()).containsExactly(snapshot().toString());
        assertThat(snapshot().resolve("config.json")).isRegularFile();
    }

    @Test
    void pull_json() throws IOException {
        Result result = run("pull", "--json", FakeHub.REPO, "--file", "config.json");

        JsonNode answer = Reference.JSON.readTree(result.out());
        assertThat(answer.get("id").textValue()).isEqualTo(FakeHub.REPO + "@main");
        assertThat(answer.get("commit").textValue()).isEqualTo(FakeHub.COMMIT);
        assertThat(answer.get("folder").textValue()).isEqualTo(snapshot().toString());
        assertThat(answer.get("files")).hasSize(1);
        assertThat(answer.get("files").get(0).get("hash").textValue())
                .isEqualTo(hub.content("config.json").etag());
        assertThat(answer.get("received_bytes").longValue())
                .isEqualTo(answer.get("files").get(0).get("bytes").longValue());
    }

    @Test
    void pull_fromModelScope() {
        Result result = run("pull", "ms://" + FakeHub.REPO);

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).contains("ms/hanllama/models--han--poet/snapshots/");
    }

    @Test
    void pull_whatIsNotThere() {
        Result result = run("pull", "nobody/nothing");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .startsWith("llama: nobody/nothing@main: no such repository (HTTP 404 RepoNotFound")
                .hasLineCount(1);
    }

    @Test
    void pull_wrongUsage() {
        assertThat(run("pull").exitCode()).isEqualTo(2);
        assertThat(run("pull", "not an id").err()).contains("repo must be owner/name");
        assertThat(run("pull", "a:b:c:d").err()).contains("expected owner/name");
    }

    @Test
    void score_aModelOnAHub_asOneInAFolder() {
        String local = Reference.path("synthetic/base/hf_safetensors_f32");

        String ids = "{\"ids\":[1,2,3]}\n";

        Result result = runWithInput(ids, "score", "--model", FakeHub.REPO, "--json");

        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .isNotEmpty()
                .isEqualTo(Cli.runWithInput(ids, "score", "--model", local, "--json")
                        .out());
    }

    @Test
    void inspect_aModelOnAHub() {
        Result result = run("inspect", "hf://" + FakeHub.REPO);

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).contains("a LLaMA model, complete");
    }

    @ParameterizedTest
    @ValueSource(strings = {"./han/poet", "/han/poet", "~/poet", "han/poet.gguf", "han\\poet", "poet", "a/b/c"})
    void path_neverReachesTheNetwork(String path) {
        Result result = run("score", "--model", path);

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).startsWith("llama: not found: " + path).hasLineCount(1);
        assertThat(hub.seen()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pull", "score"})
    void catalogue_bringsTheBaseFirst(String command) {
        Result result = command.equals("pull")
                ? run("pull", "chinese-alpaca-pro-7b")
                : run("score", "--model", "chinese-alpaca-pro-7b");

        assertThat(result.err())
                .contains("huggyllama/llama-7b@main: no such repository")
                .hasLineCount(1);
        assertThat(hub.seen()).hasSize(1); // this hub has none of them
    }

    @Test
    void catalogue_baseWithoutAHome_isAskedFor() {
        Result result = run("score", "--model", "chinese-alpaca-pro-13b");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .contains("LLaMA-13B: the catalogue knows no place of it")
                .hasLineCount(1);
    }

    @Test
    void catalogue_asAnAdapter_isOnlyThat() {
        String base = Reference.path("synthetic/base/hf_safetensors_f32");

        Result result = run("score", "--model", base, "--lora", "chinese-alpaca-7b");

        assertThat(result.err())
                .contains("hfl/chinese-alpaca-lora-7b@main: no such repository")
                .hasLineCount(1);
    }

    @Test
    void offline_refuses() {
        variables.put("HF_HUB_OFFLINE", "1");

        Result result = run("score", "--model", FakeHub.REPO);

        assertThat(result.err())
                .contains("offline (HF_HUB_OFFLINE) nothing is fetched")
                .hasLineCount(1);
        assertThat(hub.seen()).isEmpty();
    }

    @Test
    void cache_listAndRemove() throws IOException {
        assertThat(run("cache", "list").out()).isEmpty();
        run("pull", FakeHub.REPO);
        run("pull", "ms://" + FakeHub.REPO);

        List<String> listed = run("cache", "list").outLines();
        assertThat(listed).hasSize(4);
        assertThat(listed.get(0)).endsWith("  han/poet");
        assertThat(listed.get(1)).contains(FakeHub.COMMIT + " main, ");
        assertThat(listed.get(2)).endsWith("  ms://han/poet");
        JsonNode json = Reference.JSON.readTree(
                run("cache", "list", "--json").outLines().getFirst());
        assertThat(json.get("revisions").get(0).get("refs").toString()).isEqualTo("[\"main\"]");

        assertThat(run("cache", "rm", FakeHub.REPO + "@main").exitCode()).isZero();
        assertThat(snapshot()).doesNotExist();
        assertThat(run("cache", "rm", FakeHub.REPO).exitCode()).isZero();
        assertThat(folder.resolve("hub/models--han--poet")).doesNotExist();
        Result again = run("cache", "rm", FakeHub.REPO);
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err()).contains("not in the cache").hasLineCount(1);
        assertThat(run("cache", "list").outLines()).hasSize(2);
    }

    @Test
    void cache_prune() {
        run("pull", FakeHub.REPO);
        hub.commit("f".repeat(40));
        run("pull", FakeHub.REPO);

        assertThat(run("cache", "prune", "--dry-run").out()).contains(FakeHub.REPO + "@" + FakeHub.COMMIT);
        assertThat(snapshot()).exists();
        assertThat(run("cache", "prune", "--json").outLines())
                .hasSize(1)
                .first()
                .asString()
                .contains("removed");
        assertThat(snapshot()).doesNotExist();
        assertThat(run("cache").exitCode()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 999, 1000, 13_476_925_163L, 999_600_000})
    void byteCount(long bytes) {
        Map<Long, String> expected =
                Map.of(0L, "0 B", 999L, "999 B", 1000L, "1.0 kB", 13_476_925_163L, "13.5 GB", 999_600_000L, "1.0 GB");
        assertThat(ByteCount.describe(bytes)).isEqualTo(expected.get(bytes));
    }
}
