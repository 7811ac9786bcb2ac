package io.github.hanllama.core.checkpoint.meta;

import io.github.hanllama.core.checkpoint.file.SmallFiles;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.core.source.FileNames;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The MD5 of each file that Meta puts beside its weights in {@code checklist.chk}. Opening a model hashes what is at most
 * {@link #SMALL_BYTES} long; hashing all of 65B would take minutes each time, so that is left to {@code Verification}.
 *
 * @param md5 by file name
 */
public record Checklist(String file, SequencedMap<String, String> md5) {
    public static final String NAME = "checklist.chk";
    static final long SMALL_BYTES = 64 << 20;

    private static final int MAX_BYTES = 1 << 20;
    private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{32}) [ *](.+)");

    static Optional<Checklist> read(FileRanges files) {
        if (!files.names().contains(NAME)) {
            return Optional.empty();
        }
        String file = files.origin() + "/" + NAME;
        return Optional.of(new Checklist(file, parse(file, SmallFiles.read(files, NAME, MAX_BYTES))));
    }

    /** The MD5 by file name. */
    public static SequencedMap<String, String> parse(String file, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        SequencedMap<String, String> md5 = new LinkedHashMap<>();
        text.lines().filter(line -> !line.isBlank()).forEach(line -> {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches() || !FileNames.isSafe(matcher.group(2))) {
                throw new ModelFormatException(
                        file + ": expected lines of an MD5 and the name of a file beside it, found "
                                + StrictJson.printable(line));
            }
            md5.put(matcher.group(2), matcher.group(1).toLowerCase(Locale.ROOT));
        });
        return md5;
    }

    /** Every file must be there, and the small ones must be what the list says. */
    void checkSmall(ModelFiles files) {
        for (Map.Entry<String, String> entry : md5.entrySet()) {
            String name = entry.getKey();
            if (!files.names().contains(name)) {
                throw new ModelNotFoundException(file + ": " + name + ": named here but not there; fetch it too");
            }
            if (files.size(name) <= SMALL_BYTES) {
                requireSame(name, FileHash.md5(files.path(name), bytes -> {}).hex());
            }
        }
    }

    private void requireSame(String name, String found) {
        String expected = md5.get(name);
        if (!found.equals(expected)) {
            throw new ModelFormatException(
                    file + ": " + name + ": expected MD5 " + expected + ", found " + found + "; fetch it again");
        }
    }
}
