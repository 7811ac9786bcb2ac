package io.github.hanllama.core.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Isolated("counts what is in the folder for temporary files")
class ModelSourcesTest {
    @TempDir
    Path folder;

    @Test
    void path_folder_listsItsFiles() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.writeString(folder.resolve("b.safetensors"), "0123456789");
        Files.createDirectory(folder.resolve("sub"));
        try (ModelFiles files = resolve(ModelSources.path(folder))) {
            assertThat(files.names()).containsExactly("b.safetensors", "config.json");
            assertThat(files.origin()).isEqualTo(folder.toString());
            assertThat(files.size("b.safetensors")).isEqualTo(10);
            assertThat(files.read("b.safetensors", 3, 4)).isEqualTo("3456".getBytes(StandardCharsets.US_ASCII));
            assertThat(files.path("config.json")).isEqualTo(folder.resolve("config.json"));
        }
        assertThat(folder.resolve("config.json")).exists();
    }

    @Test
    void path_oneFile_bringsWhatDescribesIt() throws IOException {
        for (String name : new String[] {
            "a.safetensors", "b.safetensors", "config.json", "tokenizer.model", "model.safetensors.index.json"
        }) {
            Files.writeString(folder.resolve(name), "{}");
        }
        assertThat(ModelSources.path(folder.resolve("a.safetensors")).headers().names())
                .containsExactly("a.safetensors", "config.json", "tokenizer.model");
    }

    @Test
    void path_nothingThere() {
        assertThatThrownBy(() -> ModelSources.path(Path.of("no-such-model")).headers())
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("no-such-model: no such file or folder (looked for /");
    }

    @Test
    void read_pastTheEnd() throws IOException {
        Files.writeString(folder.resolve("a"), "0123");
        FileRanges files = ModelSources.path(folder).headers();
        for (int length : new int[] {4, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> files.read("a", 1, length))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("a: expected " + length + " bytes at 1, found 4 in all");
        }
        assertThatThrownBy(() -> files.read("a", Long.MAX_VALUE, 1)).isInstanceOf(ModelFormatException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret", "/etc/passwd", "a/../../secret", "..", "", "C:secret", "..\\secret"})
    void path_outsideTheFolder(String name) throws IOException {
        Files.writeString(folder.resolveSibling("secret"), "x");
        try (ModelFiles files = resolve(ModelSources.path(folder))) {
            assertThatThrownBy(() -> files.path(name))
                    .isInstanceOf(ModelNotFoundException.class)
                    .hasMessageContaining(name + ": not a name inside the folder");
        }
    }

    @Test
    void fileNames_ordinaryNames_areSafe() {
        assertThat(FileNames.isSafe("original/consolidated.00.pth")).isTrue();
        assertThat(FileNames.isSafe("model-00001-of-00002.safetensors")).isTrue();
        assertThat(FileNames.isSafe("a//b")).isFalse();
        assertThat(FileNames.isSafe("a\nb")).isFalse();
        assertThat(FileNames.isSafe("a\ud800b")).isFalse();
        assertThat(FileNames.isSafe("con.")).isFalse();
        assertThat(FileNames.isSafe("x".repeat(256))).isFalse();
    }

    @Test
    void classPath_isCopied_andRemovedOnClose() throws IOException {
        ModelSource source = ModelSources.classPath(ModelSourcesTest.class, "classpath-model", "config.json");
        assertThat(source.describe()).isEqualTo("classpath:classpath-model");
        assertThat(source.headers().size("config.json")).isEqualTo(23);
        assertThat(source.headers().read("config.json", 2, 5)).isEqualTo("model".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> source.headers().read("config.json", 20, 5)).isInstanceOf(ModelFormatException.class);

        ModelFiles files = resolve(source);
        Path copy = files.path("config.json");
        assertThat(files.names()).containsExactly("config.json");
        assertThat(Files.readString(copy)).isEqualTo("{\"model_type\":\"llama\"}\n");
        files.close();
        files.close();
        assertThat(copy.getParent()).doesNotExist();
        assertThatThrownBy(() -> files.path("config.json")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void classPath_missingResource_leavesNothingBehind() throws IOException {
        ModelSource source =
                ModelSources.classPath(ModelSourcesTest.class, "classpath-model", "config.json", "missing");
        long before = temporaryFolders();
        assertThatThrownBy(() -> resolve(source))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("classpath:classpath-model: missing: no such resource");
        assertThat(temporaryFolders()).isEqualTo(before);
    }

    @Test
    void classPath_cancelled() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        ModelSource source = ModelSources.classPath(ModelSourcesTest.class, "classpath-model", "config.json");
        assertThatThrownBy(() -> source.resolve(ProgressListener.NONE, cancellation))
                .isInstanceOf(CancellationException.class);
    }

    @Test
    void classPath_nameThatLeavesTheFolder() {
        assertThatThrownBy(() -> ModelSources.classPath(ModelSourcesTest.class, "classpath-model", "../x"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static long temporaryFolders() throws IOException {
        try (var entries = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return entries.filter(path -> path.getFileName().toString().startsWith("hanllama-"))
                    .count();
        }
    }

    private static ModelFiles resolve(ModelSource source) {
        return source.resolve(ProgressListener.NONE, new Cancellation());
    }
}
