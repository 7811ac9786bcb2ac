package io.github.hanllama.pytorch;

import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The native libraries, found before DJL looks for them: where one is missing or of another version, DJL would try to
 * download it.
 *
 * @param origin where they come from, for people
 * @param flavor {@code cpu} or {@code cu128}
 * @param folder the directory the user named, or none when they come from the class path
 */
record LibtorchFiles(String origin, String flavor, Optional<Path> folder) {
    static final String VERSION = "2.7.1";
    /** Names a directory with libtorch: that of an unpacked distribution, or its {@code lib}. */
    static final String FOLDER_PROPERTY = "hanllama.libtorch";

    private static final String JNI_VERSION = VERSION + "-0.35.1";
    private static final String CUDA_FLAVOR = "cu128";
    private static final String NATIVE_JAR = "native/lib/pytorch.properties";
    private static final String JNI_JAR = "jnilib/pytorch.properties";

    /** @throws BackendException in one sentence, when they cannot be used */
    static LibtorchFiles find(ClassLoader loader) {
        requireJni(loader);
        requireVersion("PYTORCH_VERSION", DjlSettings.find("PYTORCH_VERSION").orElse(VERSION));
        Optional<String> named = DjlSettings.find(FOLDER_PROPERTY).or(() -> DjlSettings.find("PYTORCH_LIBRARY_PATH"));
        LibtorchFiles files = named.isPresent() ? inFolder(Path.of(named.get())) : onClassPath(loader);
        files.requireCache();
        return files;
    }

    /** Whether the user named a libtorch with CUDA; nothing is loaded to find out. */
    static boolean cudaNamed() {
        return DjlSettings.find(FOLDER_PROPERTY)
                .map(Path::of)
                .filter(folder -> Files.exists(libraries(folder).resolve(System.mapLibraryName("torch_cuda"))))
                .isPresent();
    }

    private static void requireJni(ClassLoader loader) {
        String found = properties(loader, JNI_JAR).stream()
                .findFirst()
                .map(properties -> properties.getProperty("jni_version", "?"))
                .orElseThrow(() -> new BackendException(
                        "no bindings for libtorch on the class path: add ai.djl.pytorch:pytorch-jni:" + JNI_VERSION));
        if (!found.startsWith(JNI_VERSION)) {
            throw new BackendException(
                    "bindings for libtorch of another version on the class path: expected pytorch-jni " + JNI_VERSION
                            + ", found " + found);
        }
    }

    private static LibtorchFiles onClassPath(ClassLoader loader) {
        List<Properties> jars = properties(loader, NATIVE_JAR);
        if (jars.isEmpty()) {
            throw new BackendException("no libtorch on the class path: add ai.djl.pytorch:pytorch-native-cpu:" + VERSION
                    + ":" + platform() + ", or name a directory with libtorch " + VERSION + " by -D"
                    + FOLDER_PROPERTY);
        }
        Properties jar = jars.stream()
                .filter(properties -> classifier(properties).equals(platform()))
                .findFirst()
                .orElseThrow(() -> new BackendException("libtorch on the class path is for "
                        + classifier(jars.getFirst()) + ", this machine is " + platform()
                        + ": add pytorch-native-cpu with that classifier"));
        requireVersion("the class path", jar.getProperty("version", "?"));
        return new LibtorchFiles("of the class path", jar.getProperty("flavor", "cpu"), Optional.empty());
    }

    private static String classifier(Properties jar) {
        return jar.getProperty("classifier", "?");
    }

    private static LibtorchFiles inFolder(Path named) {
        Path folder = libraries(named);
        if (!Files.exists(folder.resolve(System.mapLibraryName("torch")))) {
            throw new BackendException("no libtorch in " + named + ": expected " + System.mapLibraryName("torch")
                    + " there or in its folder lib");
        }
        Path version = named.resolve("build-version");
        if (Files.exists(version)) {
            requireVersion(named.toString(), read(version).strip());
        }
        boolean cuda = Files.exists(folder.resolve(System.mapLibraryName("torch_cuda")));
        return new LibtorchFiles("in " + named, cuda ? CUDA_FLAVOR : "cpu", Optional.of(folder));
    }

    /** A distribution keeps them in {@code lib}. */
    private static Path libraries(Path named) {
        return Files.isDirectory(named.resolve("lib")) ? named.resolve("lib") : named;
    }

    private static void requireVersion(String where, String found) {
        if (!found.startsWith(VERSION)) {
            throw new BackendException(
                    "libtorch of another version from " + where + ": expected " + VERSION + ", found " + found);
        }
    }

    /** DJL unpacks what comes from jars; a cache that is complete may be read-only. */
    private void requireCache() {
        Path cache = cacheFolder();
        if (folder.isEmpty() && isUnpacked(cache)) {
            return;
        }
        try {
            Files.createDirectories(cache);
            Files.delete(Files.createTempFile(cache, "probe", null));
        } catch (IOException e) {
            throw new BackendException(
                    "libtorch cannot be unpacked to " + cache
                            + ", which is not writable; name another directory by -DDJL_CACHE_DIR",
                    e);
        }
    }

    private static boolean isUnpacked(Path cache) {
        if (!Files.isDirectory(cache)) {
            return false;
        }
        try (Stream<Path> folders = Files.list(cache)) {
            return folders.anyMatch(folder -> folder.getFileName().toString().startsWith(VERSION)
                    && Files.exists(folder.resolve(System.mapLibraryName("torch")))
                    && holdsBindings(folder));
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean holdsBindings(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> file.getFileName().toString().endsWith(System.mapLibraryName("djl_torch")));
        } catch (IOException e) {
            return false;
        }
    }

    /** Where DJL unpacks to. */
    static Path cacheFolder() {
        return DjlSettings.find("ENGINE_CACHE_DIR")
                .or(() -> DjlSettings.find("DJL_CACHE_DIR"))
                .map(Path::of)
                .orElseGet(LibtorchFiles::defaultCache)
                .resolve("pytorch");
    }

    private static Path defaultCache() {
        Path home = Path.of(System.getProperty("user.home"));
        return (Files.isWritable(home) ? home : Path.of(System.getProperty("java.io.tmpdir"))).resolve(".djl.ai");
    }

    /** The classifier of this machine's native jar. */
    static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String prefix = system.startsWith("win") ? "win" : system.startsWith("mac") ? "osx" : "linux";
        String architecture = System.getProperty("os.arch");
        return prefix + "-" + (architecture.equals("amd64") ? "x86_64" : architecture);
    }

    /** Tells DJL, which otherwise guesses flavors that do not exist. */
    void announce() {
        folder.ifPresent(path -> {
            DjlSettings.setUnlessSet("PYTORCH_LIBRARY_PATH", path.toString());
            DjlSettings.setUnlessSet("PYTORCH_VERSION", VERSION);
            DjlSettings.setUnlessSet("PYTORCH_FLAVOR", flavor);
        });
    }

    /** Of every jar that has the resource. */
    private static List<Properties> properties(ClassLoader loader, String resource) {
        return loader.resources(resource).map(LibtorchFiles::read).toList();
    }

    private static Properties read(URL url) {
        Properties properties = new Properties();
        try (InputStream in = url.openStream()) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
