package io.github.hanllama.core.checkpoint.safetensors;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.quant.DType;
import java.util.Comparator;
import java.util.List;

/** One tensor of a safetensors header; offsets count from the start of the data. */
public record SafetensorsEntry(String name, DType dtype, List<Long> shape, long begin, long end) {
    /** The order of the data; an empty tensor comes before the one that begins where it does. */
    static final Comparator<SafetensorsEntry> BY_OFFSET =
            Comparator.comparingLong(SafetensorsEntry::begin).thenComparingLong(SafetensorsEntry::end);

    public SafetensorsEntry {
        shape = List.copyOf(shape);
    }

    /** The sorted entries must begin at 0, follow each other without gap or overlap, and end with the data. */
    public static void requireCover(String file, List<SafetensorsEntry> sorted, long dataLength) {
        String previous = "";
        long expected = 0;
        for (SafetensorsEntry entry : sorted) {
            if (entry.begin != expected) {
                throw new ModelFormatException(misplaced(file, previous, expected, entry));
            }
            previous = entry.name;
            expected = entry.end;
        }
        if (expected != dataLength) {
            String what = expected < dataLength
                    ? "; bytes that belong to no tensor follow the last one"
                    : "; is the download complete?";
            throw new ModelFormatException(file + ": " + (previous.isEmpty() ? "no tensors" : previous)
                    + ": the data ends wrongly: expected " + expected + " bytes of data, found " + dataLength + what);
        }
    }

    private static String misplaced(String file, String previous, long expected, SafetensorsEntry entry) {
        String name = entry.name;
        if (previous.isEmpty()) {
            return file + ": " + name + ": data_offsets: the first tensor begins at " + entry.begin + ", expected 0";
        }
        String relation = entry.begin < expected ? "overlaps " + previous : "leaves a gap after " + previous;
        return file + ": " + name + ": data_offsets: begins at " + entry.begin + " and " + relation + ", expected "
                + expected;
    }
}
