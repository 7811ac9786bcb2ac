package io.github.hanllama.core.source;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * What an open archive holds for a model, every entry of it checked first: names that stay inside, each once; sizes that
 * are believable. Together the entries claim no more than the archive has, so they cannot share their data either.
 */
final class ZipContents implements AutoCloseable {
    private static final int MAX_ENTRIES = 10_000;
    /** No weights, JSON or tokenizer come near; a bomb reaches 1000. */
    private static final long MAX_INFLATION = 200;
    /** Below this even a bomb does no harm. */
    private static final long HARMLESS_BYTES = 1 << 20;

    private final Path archive;
    private final ZipFile zip;
    private final SortedMap<String, ZipEntry> files;

    private ZipContents(Path archive, ZipFile zip) {
        this.archive = archive;
        this.zip = zip;
        this.files = inOneFolder(checked());
    }

    static ZipContents open(Path archive) {
        if (!Files.isRegularFile(archive)) {
            throw new ModelNotFoundException(archive + ": no such archive");
        }
        try {
            ZipFile zip = new ZipFile(archive.toFile());
            try {
                return new ZipContents(archive, zip);
            } catch (RuntimeException e) {
                zip.close();
                throw e;
            }
        } catch (ZipException e) {
            throw new ModelFormatException(
                    archive + ": expected a zip archive, found a damaged one: " + e.getMessage()
                            + "; is the download complete?",
                    e);
        } catch (IOException e) {
            throw new ModelNotFoundException(archive + ": cannot be read: " + e, e);
        }
    }

    private SequencedMap<String, ZipEntry> checked() {
        SequencedMap<String, ZipEntry> entries = new LinkedHashMap<>();
        long stored = 0;
        if (zip.size() > MAX_ENTRIES) {
            throw malformed("expected at most " + MAX_ENTRIES + " entries, found " + zip.size());
        }
        for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
            ZipEntry entry = all.nextElement();
            check(entry);
            stored += entry.getCompressedSize();
            if (entries.put(entry.getName().toLowerCase(Locale.ROOT), entry) != null) {
                throw malformed("expected one entry named " + entry.getName() + ", found two");
            }
        }
        if (stored > length()) {
            throw malformed("expected entries of at most " + length() + " bytes together, found " + stored
                    + "; do they overlap?");
        }
        return entries;
    }

    private void check(ZipEntry entry) {
        String name = entry.getName();
        String path = entry.isDirectory() ? name.substring(0, name.length() - 1) : name;
        if (!FileNames.isSafe(path)) {
            throw malformed("expected names inside the archive, found '" + printable(name) + "'");
        }
        long size = entry.getSize();
        long stored = entry.getCompressedSize();
        boolean deflated = entry.getMethod() == ZipEntry.DEFLATED;
        if (size < 0 || stored < 0 || (entry.getMethod() != ZipEntry.STORED && !deflated)) {
            throw malformed(
                    name + ": expected a stored or deflated entry of a known size, found method " + entry.getMethod());
        }
        if (deflated ? size > HARMLESS_BYTES && size / MAX_INFLATION > stored : size != stored) {
            throw malformed(name + ": expected at most " + (deflated ? MAX_INFLATION : 1) + " times its " + stored
                    + " bytes in the archive, found " + size);
        }
    }

    /** All files in the topmost folder that has any; macOS and Explorer leave their own beside them. */
    private SortedMap<String, ZipEntry> inOneFolder(Map<String, ZipEntry> entries) {
        SortedMap<String, SortedMap<String, ZipEntry>> folders = new TreeMap<>();
        for (ZipEntry entry : entries.values()) {
            String name = entry.getName();
            int slash = name.lastIndexOf('/');
            String file = name.substring(slash + 1);
            if (!entry.isDirectory() && !name.startsWith("__MACOSX/") && !file.startsWith(".")) {
                folders.computeIfAbsent(name.substring(0, slash + 1), folder -> new TreeMap<>())
                        .put(file, entry);
            }
        }
        if (folders.isEmpty()) {
            throw malformed("expected the files of a model or an adapter, found none");
        }
        Predicate<SortedMap<String, ZipEntry>> configured =
                folder -> folder.keySet().stream().anyMatch(file -> file.endsWith(".json"));
        if (folders.values().stream().anyMatch(configured)) {
            folders.values().removeIf(configured.negate()); // a README beside the folder is not the model
        }
        String top = folders.firstKey();
        folders.keySet().stream()
                .filter(folder -> !folder.startsWith(top))
                .findFirst()
                .ifPresent(other -> {
                    throw malformed("expected one model or adapter, found the folders " + top + " and " + other
                            + "; unpack it and name one");
                });
        return Collections.unmodifiableSortedMap(folders.get(top));
    }

    ZipFile zip() {
        return zip;
    }

    /** By name in their folder. */
    SortedMap<String, ZipEntry> files() {
        return files;
    }

    ZipEntry file(String name) {
        ZipEntry entry = files.get(name);
        if (entry == null) {
            throw new ModelNotFoundException(archive + ": " + name + ": no such file in the archive");
        }
        return entry;
    }

    private long length() {
        return archive.toFile().length();
    }

    private ModelFormatException malformed(String problem) {
        return new ModelFormatException(archive + ": " + problem);
    }

    private static String printable(String name) {
        return name.codePoints()
                .limit(200)
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Override
    public void close() {
        try {
            zip.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e); // closing a file that was only read does not fail
        }
    }
}
