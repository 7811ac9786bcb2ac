package io.github.hanllama.fuzz;

import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The inputs a target starts from, by name: fixtures, those that were findings once ({@code testdata/fuzz}), and what the
 * target writes itself.
 */
public final class Seeds {
    private static final int MAX_BYTES = 1 << 20;

    private final SequencedMap<String, byte[]> byName = new TreeMap<>();

    private Seeds() {}

    /** Everything there is for a target. */
    static SequencedMap<String, byte[]> of(String name, FuzzTarget target) {
        Seeds seeds = new Seeds();
        target.seeds(seeds);
        seeds.files("fuzz/" + name);
        return Collections.unmodifiableSequencedMap(seeds.byName);
    }

    public Seeds add(String name, byte[] bytes) {
        byName.put(name, bytes);
        return this;
    }

    public Seeds text(String text) {
        return add("text " + byName.size(), text.getBytes(StandardCharsets.UTF_8));
    }

    /** Fixtures by path; large ones, and those this checkout does not carry, are left out. */
    public Seeds files(String... paths) {
        for (String path : paths) {
            TestData.find(path).ifPresent(found -> addTree(path, found, List.of("")));
        }
        return this;
    }

    /** The files below a folder whose names end in one of these. */
    public Seeds tree(String folder, String... endings) {
        TestData.find(folder).ifPresent(found -> addTree(folder, found, List.of(endings)));
        return this;
    }

    private void addTree(String path, Path root, List<String> endings) {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = file.getFileName().toString();
                if (endings.stream().anyMatch(name::endsWith) && Files.size(file) <= MAX_BYTES) {
                    add(path + "/" + root.relativize(file), Files.readAllBytes(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
