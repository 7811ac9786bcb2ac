package io.github.hanllama.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

@ResourceLock("SYSTEM_PROPERTIES")
class LibtorchFilesTest {
    private static final List<String> SETTINGS =
            List.of(LibtorchFiles.FOLDER_PROPERTY, "DJL_CACHE_DIR", "PYTORCH_VERSION");

    @TempDir
    private Path folder;

    @BeforeEach
    void ownCache() {
        System.setProperty("DJL_CACHE_DIR", folder.resolve("cache").toString());
    }

    @AfterEach
    void clear() {
        SETTINGS.forEach(System::clearProperty);
    }

    @Test
    void found_onTheClassPath() throws IOException {
        LibtorchFiles files = find("2.7.1-20250812", LibtorchFiles.platform(), "2.7.1-0.35.1");
        assertThat(files.origin()).isEqualTo("of the class path");
        assertThat(files.flavor()).isEqualTo("cpu");
        assertThat(files.folder()).isEmpty();
    }

    @Test
    void nativeJar_absent() throws IOException {
        jni("2.7.1-0.35.1");
        assertRefused("no libtorch on the class path: add ai.djl.pytorch:pytorch-native-cpu:2.7.1:"
                + LibtorchFiles.platform());
    }

    @Test
    void nativeJar_anotherVersion() {
        assertThatThrownBy(() -> find("2.5.1-20250101", LibtorchFiles.platform(), "2.7.1-0.35.1"))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("expected 2.7.1, found 2.5.1-20250101");
    }

    @Test
    void nativeJar_ofAnotherPlatform() {
        assertThatThrownBy(() -> find("2.7.1-20250812", "linux-riscv64", "2.7.1-0.35.1"))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("is for linux-riscv64, this machine is " + LibtorchFiles.platform());
    }

    @Test
    void bindings_absent() {
        assertRefused("no bindings for libtorch on the class path: add ai.djl.pytorch:pytorch-jni:2.7.1-0.35.1");
    }

    @Test
    void bindings_anotherVersion() {
        assertThatThrownBy(() -> find("2.7.1-20250812", LibtorchFiles.platform(), "2.7.1-0.36.0"))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("expected pytorch-jni 2.7.1-0.35.1, found 2.7.1-0.36.0");
    }

    @Test
    void cache_notWritable() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        System.setProperty("DJL_CACHE_DIR", file.toString());
        assertThatThrownBy(() -> find("2.7.1-20250812", LibtorchFiles.platform(), "2.7.1-0.35.1"))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("cannot be unpacked to " + file.resolve("pytorch"))
                .hasMessageContaining("-DDJL_CACHE_DIR");
    }

    @Test
    void version_thatDjlWouldDownload() {
        System.setProperty("PYTORCH_VERSION", "2.5.1");
        assertThatThrownBy(() -> find("2.7.1-20250812", LibtorchFiles.platform(), "2.7.1-0.35.1"))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("from PYTORCH_VERSION: expected 2.7.1, found 2.5.1");
    }

    @Test
    void folder_ofADistributionWithCuda() throws IOException {
        distribution("2.7.1+cu128", "torch", "torch_cuda");
        assertThat(LibtorchFiles.cudaNamed()).isTrue();
        LibtorchFiles files = find("2.7.1-20250812", LibtorchFiles.platform(), "2.7.1-0.35.1");
        assertThat(files.flavor()).isEqualTo("cu128");
        assertThat(files.folder()).contains(folder.resolve("libtorch/lib"));
    }

    @Test
    void folder_withoutCuda() throws IOException {
        distribution("2.7.1+cpu", "torch");
        jni("2.7.1-0.35.1");
        assertThat(LibtorchFiles.cudaNamed()).isFalse();
        assertThat(LibtorchFiles.find(loader()).flavor()).isEqualTo("cpu");
    }

    @Test
    void folder_ofAnotherVersion() throws IOException {
        distribution("2.6.0+cu124", "torch", "torch_cuda");
        jni("2.7.1-0.35.1");
        assertRefused("expected 2.7.1, found 2.6.0+cu124");
    }

    @Test
    void folder_thatIsNone() throws IOException {
        System.setProperty(
                LibtorchFiles.FOLDER_PROPERTY, folder.resolve("nowhere").toString());
        jni("2.7.1-0.35.1");
        assertThat(LibtorchFiles.cudaNamed()).isFalse();
        assertRefused("no libtorch in " + folder.resolve("nowhere"));
    }

    private void distribution(String version, String... libraries) throws IOException {
        Path root = folder.resolve("libtorch");
        write(root.resolve("build-version"), version + "\n");
        for (String library : libraries) {
            write(root.resolve("lib").resolve(System.mapLibraryName(library)), "");
        }
        System.setProperty(LibtorchFiles.FOLDER_PROPERTY, root.toString());
    }

    private LibtorchFiles find(String version, String classifier, String jniVersion) throws IOException {
        jni(jniVersion);
        write(
                folder.resolve("jars/native/lib/pytorch.properties"),
                "version=" + version + "\nflavor=cpu\nclassifier=" + classifier + "\n");
        return LibtorchFiles.find(loader());
    }

    private void jni(String version) throws IOException {
        write(folder.resolve("jars/jnilib/pytorch.properties"), "jni_version=" + version);
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> LibtorchFiles.find(loader()))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining(message);
    }

    /** Sees what a test has put there and nothing else. */
    private ClassLoader loader() {
        try {
            return new URLClassLoader(new URL[] {folder.resolve("jars/").toUri().toURL()}, null);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
