package io.github.hanllama.core.source;

import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Files of one folder, by name, as they were when it was listed. */
final class PathFiles implements ModelFiles {
    private static final String META_PARAMS = "params.json";
    private static final String TOKENIZER = "tokenizer.model";
    private static final Pattern GGUF_PART = Pattern.compile("(.+)-\\d{5}-of-(\\d{5})\\.gguf");
    private static final int MAX_FILES = 10_000;

    private final String origin;
    private final SortedMap<String, Path> paths = new TreeMap<>();

    private PathFiles(String origin, List<Path> files) {
        this.origin = origin;
        files.forEach(file -> paths.put(file.getFileName().toString(), file));
        if (paths.containsKey(META_PARAMS)) {
            addTokenizerAbove(paths.get(META_PARAMS));
        }
    }

    /** Meta's folders hold one size each; the tokenizer of all sizes is one folder up. */
    private void addTokenizerAbove(Path params) {
        Path folder = Objects.requireNonNull(params.toAbsolutePath().normalize().getParent()); // a file is in a folder
        Path tokenizer = folder.resolveSibling(TOKENIZER);
        if (Files.isRegularFile(tokenizer)) {
            paths.putIfAbsent(TOKENIZER, tokenizer);
        }
    }

    static PathFiles of(Path path) {
        if (Files.isDirectory(path)) {
            return new PathFiles(path.toString(), list(path, file -> true));
        }
        if (!Files.exists(path)) {
            String where = path.isAbsolute() ? "" : " (looked for " + path.toAbsolutePath() + ")";
            throw new ModelNotFoundException(path + ": no such file or folder" + where);
        }
        Path folder = Objects.requireNonNull(path.toAbsolutePath().getParent()); // a file is in a folder
        return new PathFiles(path.toString(), list(folder, file -> accompanies(file, path)));
    }

    /** Beside one weight file only what describes it belongs to it, not other weights. */
    private static boolean accompanies(Path file, Path chosen) {
        String name = file.getFileName().toString();
        boolean describes = name.endsWith(".json") || name.endsWith(".model") || name.endsWith(".jinja");
        return isOtherPart(name, chosen.getFileName().toString())
                || name.equals(chosen.getFileName().toString())
                || (describes && !name.endsWith(".index.json"));
    }

    /** A part of a split GGUF model is nothing without the others. */
    private static boolean isOtherPart(String name, String chosen) {
        Matcher part = GGUF_PART.matcher(chosen);
        Matcher other = GGUF_PART.matcher(name);
        return part.matches()
                && other.matches()
                && other.group(1).equals(part.group(1))
                && other.group(2).equals(part.group(2));
    }

    private static List<Path> list(Path folder, Predicate<Path> wanted) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(wanted)
                    .filter(Files::isRegularFile)
                    .limit(MAX_FILES + 1L)
                    .toList();
            if (files.size() > MAX_FILES) {
                throw new ModelNotFoundException(
                        folder + ": more than " + MAX_FILES + " files; expected the folder of one model");
            }
            return files;
        } catch (IOException e) {
            throw new ModelNotFoundException(folder + ": cannot be listed: " + e, e);
        }
    }

    @Override
    public String origin() {
        return origin;
    }

    @Override
    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(paths.keySet()));
    }

    @Override
    public Path path(String name) {
        Path path = paths.get(name);
        if (path == null) {
            String reason = FileNames.isSafe(name) ? "no such file" : "not a name inside the folder";
            throw new ModelNotFoundException(origin + ": " + name + ": " + reason);
        }
        return path;
    }

    @Override
    public void close() {
        // The files were here before and stay.
    }
}
