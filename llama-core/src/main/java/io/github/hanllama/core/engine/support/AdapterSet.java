package io.github.hanllama.core.engine.support;

import java.util.List;
import java.util.stream.Stream;

/**
 * What keys and values of a cache were computed with, beside the model: adapters by content, so that one that was
 * detached and attached again is the same.
 */
record AdapterSet(List<Entry> entries) {
    static final AdapterSet NONE = new AdapterSet(List.of());

    AdapterSet {
        entries = List.copyOf(entries);
    }

    /** @param identity hash of the adapter's content */
    record Entry(String identity, float weight, String origin) {
        /** The same files elsewhere are the same adapter. */
        @Override
        public boolean equals(Object other) {
            return other instanceof Entry entry && identity.equals(entry.identity) && weight == entry.weight;
        }

        @Override
        public int hashCode() {
            return identity.hashCode();
        }

        @Override
        public String toString() {
            return weight == 1 ? origin : weight + " x " + origin;
        }
    }

    /** The identity of the model with these adapters. */
    String identity(String model) {
        if (entries.isEmpty()) {
            return model;
        }
        return AdapterIdentity.of(Stream.concat(
                        Stream.of("adapters", model),
                        entries.stream().flatMap(entry -> Stream.of(entry.identity, String.valueOf(entry.weight))))
                .toList());
    }

    @Override
    public String toString() {
        return entries.isEmpty() ? "no adapters" : entries.toString();
    }
}
