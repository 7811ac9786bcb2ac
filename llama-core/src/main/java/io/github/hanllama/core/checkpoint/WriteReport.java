package io.github.hanllama.core.checkpoint;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was written.
 *
 * @param files everything in the folder
 * @param contentSha256 a hash of all tensors that does not depend on how they are spread over files
 * @param infinities how many infinite values each tensor holds that has any: after a conversion or a merge a sign of
 *     overflow
 * @param notes what the format has no words for, a sentence each
 */
public record WriteReport(
        List<Path> files, String contentSha256, SortedMap<String, Long> infinities, List<String> notes) {
    public WriteReport {
        files = List.copyOf(files);
        infinities = Collections.unmodifiableSortedMap(new TreeMap<>(infinities));
        notes = List.copyOf(notes);
    }
}
