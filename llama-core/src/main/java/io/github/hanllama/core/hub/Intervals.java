package io.github.hanllama.core.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which bytes of a file are there. Not thread-safe. */
final class Intervals {
    private final TreeMap<Long, Long> ends = new TreeMap<>(); // by start; apart from each other

    /** A stretch of bytes, the end not included. */
    record Range(long from, long to) {
        long length() {
            return to - from;
        }
    }

    void add(long from, long to) {
        if (to <= from) {
            return;
        }
        long start = from;
        long end = to;
        Map.Entry<Long, Long> before = ends.floorEntry(start);
        if (before != null && before.getValue() >= start) {
            start = before.getKey();
            end = Math.max(end, before.getValue());
        }
        for (Map.Entry<Long, Long> next = ends.ceilingEntry(start);
                next != null && next.getKey() <= end;
                next = ends.ceilingEntry(start)) {
            end = Math.max(end, next.getValue());
            ends.remove(next.getKey());
        }
        ends.put(start, end);
    }

    void clear() {
        ends.clear();
    }

    long total() {
        return ends.entrySet().stream()
                .mapToLong(range -> range.getValue() - range.getKey())
                .sum();
    }

    /** How far it is whole from the start. */
    long frontier() {
        return ends.getOrDefault(0L, 0L);
    }

    /** Behind the last byte that is there. */
    long end() {
        return ends.isEmpty() ? 0 : ends.lastEntry().getValue();
    }

    /** What is not there of so many bytes, in order. */
    List<Range> missing(long size) {
        List<Range> gaps = new ArrayList<>();
        long position = 0;
        for (Map.Entry<Long, Long> range : ends.entrySet()) {
            if (range.getKey() > position) {
                gaps.add(new Range(position, range.getKey()));
            }
            position = range.getValue();
        }
        if (position < size) {
            gaps.add(new Range(position, size));
        }
        return gaps;
    }
}
