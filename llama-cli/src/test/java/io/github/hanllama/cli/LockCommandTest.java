package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.testdata.FakeHub;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lock}, {@code --lock}, {@code pull --lock} and {@code verify} of what was fetched or locked. */
class LockCommandTest {
    private static final Path BASE = Path.of(Reference.path("synthetic/base/hf_safetensors_f32"));
    private static final String WEIGHTS = "model.safetensors";
    private static final String IDS = "{\"ids\":[1,2,3]}\n";

    @TempDir
    private Path folder;

    private final FakeHub hub = FakeHub.start();
    private final Map<String, String> variables = new HashMap<>();
    private Path adapter = Path.of("unset");

    @BeforeEach
    void fill() throws IOException {
        try (Stream<Path> files = Files.list(BASE)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString();
                if (name.equals(WEIGHTS)) {
                    hub.largeFile(name, Files.readAllBytes(file));
                } else {
                    hub.file(name, Files.readAllBytes(file));
                }
            }
        }
        adapter = Files.createDirectories(folder.resolve("team/lora"));
        try (Stream<Path> files = Files.list(Path.of(Reference.path("synthetic/lora_a")))) {
            for (Path file : files.toList()) {
                Files.copy(file, adapter.resolve(file.getFileName()));
            }
        }
        variables.put("HF_ENDPOINT", hub.endpoint().toString());
        variables.put("HF_HOME", folder.resolve("home").toString());
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    private Path lock() {
        return folder.resolve("team/llama.lock");
    }

    private Path snapshot() {
        return folder.resolve("home/hub/models--han--poet/snapshots").resolve(FakeHub.COMMIT);
    }

    private Result run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal =
                new Terminal(new ByteArrayInputStream(IDS.getBytes(StandardCharsets.UTF_8)), out, err, false);
        int exitCode = LlamaCommand.run(terminal, new Hubs(variables, folder, terminal), args);
        return new Result(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private void write() {
        Result result =
                run("lock", "--model", FakeHub.REPO, "--lora", adapter.toString(), "--output", lock().toString());
        assertThat(result.err()).isEmpty();
        assertThat(result.outLines()).containsExactly(lock().toString());
    }

    private Result score() {
        return score(FakeHub.REPO, adapter.toString());
    }

    private Result score(String model, String lora) {
        return run("score", "--model", model, "--lora", lora, "--json", "--lock", lock().toString());
    }

    private static void assertRefused(Result result, String... parts) {
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains(parts).hasLineCount(1);
    }

    private static void flip(Path file, long mtimeOf) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, FileTime.fromMillis(mtimeOf));
    }

    @Test
    void lock_namesCommitAndHashes() throws IOException {
        write();

        JsonNode json = Reference.JSON.readTree(Files.readString(lock()));
        assertThat(json.get("hanllama_lock").intValue()).isEqualTo(1);
        JsonNode base = json.get("sources").get(0);
        assertThat(base.get("source").textValue()).isEqualTo("han/poet@main");
        assertThat(base.get("commit").textValue()).isEqualTo(FakeHub.COMMIT);
        assertThat(base.get("files")
                        .valueStream()
                        .filter(file -> file.get("name").textValue().equals(WEIGHTS)))
                .singleElement()
                .satisfies(file -> {
                    assertThat(file.get("sha256").textValue())
                            .isEqualTo(hub.content(WEIGHTS).etag());
                    assertThat(file.get("size").intValue())
                            .isEqualTo(hub.content(WEIGHTS).bytes().length);
                });
        assertThat(json.get("sources").get(1).get("source").textValue()).isEqualTo("lora");
        assertThat(json.get("sources").get(1).has("commit")).isFalse();
    }

    @Test
    void locked_isLoadedAsBefore() {
        Result plain = run("score", "--model", FakeHub.REPO, "--lora", adapter.toString(), "--json");
        write();

        Result locked = score();

        assertThat(locked.err()).isEmpty();
        assertThat(locked.out()).isNotEmpty().isEqualTo(plain.out());
    }

    @Test
    void branchThatMovedOn_isLeftAlone() {
        write();
        hub.commit("f".repeat(40));
        hub.largeFile(WEIGHTS, new byte[100]);

        assertThat(score().exitCode()).isZero();
        assertThat(run("pull", "--lock", lock().toString()).outLines())
                .containsExactly(snapshot().toString());
    }

    @Test
    void hubWithOtherContentAtTheCommit_isRefusedBeforeItIsFetched() throws IOException {
        write();
        hub.largeFile(WEIGHTS, new byte[hub.content(WEIGHTS).bytes().length]);
        variables.put("HF_HOME", folder.resolve("other").toString());
        hub.forget();

        assertRefused(score(), "model.safetensors: expected SHA-256", "nothing was fetched");
        assertThat(hub.downloads()).isEmpty();
    }

    @Test
    void smallFileThatDiffers_isRefused() throws IOException {
        write();
        byte[] config = hub.content("config.json").bytes();
        hub.file(
                "config.json",
                new String(config, StandardCharsets.UTF_8).replace("256", "255").getBytes(StandardCharsets.UTF_8));
        variables.put("HF_HOME", folder.resolve("other").toString());

        assertRefused(score(), "config.json: expected SHA-256 ", ", found ", "llama.lock says so: restore the file");
    }

    @Test
    void localFileThatDiffers_isRefused() throws IOException {
        write();
        flip(adapter.resolve("adapter_model.safetensors"), 0);

        assertRefused(score(), "lora: adapter_model.safetensors: expected SHA-256 ", ", found ", "llama.lock");
    }

    @Test
    void fileOfAnotherLength_missingOrNew_isRefused() throws IOException {
        write();
        Path added = Files.writeString(adapter.resolve("new.json"), "{}");
        assertRefused(score(), "new.json: expected no such file, found one");
        Files.delete(added);
        Files.writeString(adapter.resolve("adapter_config.json"), "{}");
        assertRefused(score(), "adapter_config.json: expected ", " bytes, found 2");
        Files.delete(adapter.resolve("adapter_model.bin"));
        Files.copy(
                Path.of(Reference.path("synthetic/lora_a/adapter_config.json")),
                adapter.resolve("adapter_config.json"),
                StandardCopyOption.REPLACE_EXISTING);
        assertRefused(score(), "adapter_model.bin: expected a file, found none");
    }

    @Test
    void sourceThatIsNotInIt_isRefused() {
        write();

        assertRefused(
                score(FakeHub.REPO + "@v2", adapter.toString()), "han/poet@v2: not in ", "found han/poet@main, lora");
        assertRefused(score(FakeHub.REPO, Reference.path("synthetic/lora_b")), "lora_b: not in ");
        assertRefused(score(BASE.toString(), adapter.toString()), "hf_safetensors_f32: not in ");
    }

    @Test
    void sameFolderElsewhere_isTheSame() throws IOException {
        write();
        Path moved = Files.move(
                adapter, Files.createDirectory(folder.resolve("elsewhere")).resolve("lora"));

        assertThat(score(FakeHub.REPO, moved.toString()).exitCode()).isZero();
    }

    @Test
    void mergeAndQuantize_honourIt() throws IOException {
        write();
        flip(adapter.resolve("adapter_model.safetensors"), 0);
        String output = folder.resolve("out.gguf").toString();

        assertRefused(
                run(
                        "quantize",
                        "--model",
                        FakeHub.REPO,
                        "--lora",
                        adapter.toString(),
                        "--type",
                        "Q8_0",
                        "--output",
                        output,
                        "--lock",
                        lock().toString()),
                "expected SHA-256");
        assertRefused(
                run(
                        "merge",
                        "--base",
                        FakeHub.REPO,
                        "--lora",
                        adapter.toString(),
                        "--output",
                        output,
                        "--lock",
                        lock().toString()),
                "expected SHA-256");
    }

    @Test
    void pull_fetchesWhatIsLocked() {
        write();
        variables.put("HF_HOME", folder.resolve("other").toString());

        Result result = run("pull", "--lock", lock().toString());

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).contains("other/hub/models--han--poet/snapshots/" + FakeHub.COMMIT);
        assertThat(run("pull", FakeHub.REPO, "--lock", lock().toString()).exitCode())
                .isEqualTo(2);
    }

    @Test
    void lockThatIsNone() throws IOException {
        assertRefused(score(), "llama.lock: cannot be read", "write one with ./llama lock");
        Files.writeString(lock(), "{\"hanllama_lock\": 9, \"sources\": []}");
        assertRefused(score(), "expected a lock of version 1");
        Files.writeString(lock(), "{\"hanllama_lock\": 1, \"sources\": [{\"commit\": \"x\"}]}");
        assertRefused(score(), "expected \"source\" in ");
    }

    @Test
    void verify_lock() throws IOException {
        write();
        assertThat(run("verify", lock().toString()).out()).startsWith("all ").contains("llama.lock says");

        flip(snapshot().resolve(WEIGHTS).toRealPath(), 0);
        flip(adapter.resolve("adapter_model.safetensors"), 0);
        Result result = run("verify", lock().toString());

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.outLines()).hasSize(2);
        assertThat(result.outLines().get(0)).startsWith("han/poet@main/model.safetensors: expected SHA-256");
        assertThat(result.outLines().get(1)).startsWith("lora/adapter_model.safetensors: expected SHA-256");
        assertThat(result.err()).contains("2 of its files").hasLineCount(1);
    }

    @Test
    void verify_whatWasPulled() throws IOException {
        assertRefused(run("verify", FakeHub.REPO), "not all of it is in the cache");
        run("pull", FakeHub.REPO);
        hub.close(); // nobody is asked
        assertThat(run("verify", FakeHub.REPO).out())
                .startsWith("all 2 files are as")
                .contains(FakeHub.COMMIT);

        flip(snapshot().resolve(WEIGHTS).toRealPath(), 0);
        Result result = run("verify", FakeHub.REPO);

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.outLines())
                .singleElement()
                .asString()
                .startsWith("model.safetensors: changed: expected SHA-256");
    }

    @Test
    void verify_catalogue() {
        assertRefused(
                run("verify", "chinese-alpaca-pro-7b"), "huggyllama/llama-7b@main: not all of it is in the cache");
    }

    @Test
    void mergeCache_knowsARepositoryByItsCommit() throws IOException {
        write();
        String[] args = {
            "score",
            "--model",
            FakeHub.REPO,
            "--lora",
            adapter.toString(),
            "--merge-cache",
            folder.resolve("merged").toString(),
            "--json"
        };
        String plain = score().out();
        assertThat(run(args).out()).isEqualTo(plain);
        variables.put("HF_HUB_OFFLINE", "1");
        assertThat(run(args).out()).isEqualTo(plain);
        String[] locked = Arrays.copyOf(args, args.length + 2);
        locked[args.length] = "--lock";
        locked[args.length + 1] = lock().toString();
        assertThat(run(locked).out()).isEqualTo(plain);
        String[] list = {
            "cache", "list", "--merge-cache", folder.resolve("merged").toString()
        };
        assertThat(run(list).outLines()).hasSize(2).last().asString().contains("han/poet + ");

        variables.remove("HF_HUB_OFFLINE");
        hub.commit("f".repeat(40));
        assertThat(run(args).out()).isEqualTo(plain);
        assertThat(run(list).outLines()).hasSize(4);
    }
}
