package io.github.hanllama.tokenizer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A JSON value that knows where in {@code tokenizer.json} it stands. Members that are null count as absent.
 *
 * @param path for example {@code pre_tokenizer.pretokenizers[0]}
 * @param value a String, Boolean, Integer, Double, List of nodes or Map of nodes
 */
record HfNode(String path, Object value) {
    private static final int MAX_NODES = 1_000_000;

    /** Reads values, altogether no more than {@link #MAX_NODES}. */
    static final class Reader {
        private int nodes;

        HfNode read(JsonReader in, String path) throws IOException {
            if (++nodes > MAX_NODES) {
                throw in.failure("expected at most " + MAX_NODES + " values beside vocabulary and merges, found more");
            }
            if (in.isObject()) {
                return new HfNode(path, members(in, path));
            }
            if (in.isArray()) {
                return new HfNode(path, items(in, path));
            }
            return new HfNode(path, scalar(in));
        }

        private static Object scalar(JsonReader in) throws IOException {
            if (in.isString()) {
                return in.string();
            }
            if (in.isInteger()) {
                return in.integer();
            }
            return in.isFraction() ? (Object) in.fraction() : in.bool();
        }

        private Map<String, HfNode> members(JsonReader in, String path) throws IOException {
            Map<String, HfNode> members = new LinkedHashMap<>();
            for (String key = in.nextKey(); key != null; key = in.nextKey()) {
                if (!in.isNull()) {
                    members.put(key, read(in, path.isEmpty() ? key : path + "." + Text.shorten(key)));
                }
            }
            return members;
        }

        private List<HfNode> items(JsonReader in, String path) throws IOException {
            List<HfNode> items = new ArrayList<>();
            while (in.nextElement()) {
                items.add(read(in, path + "[" + items.size() + "]"));
            }
            return items;
        }
    }

    /** The member {@code type}, which says what kind of component this is. */
    String type() {
        return string("type");
    }

    /** Refuses members other than these and {@code type}: skipping one could change every id. */
    HfNode only(String... known) {
        Set<String> names = Set.of(known);
        for (String name : members().keySet()) {
            if (!names.contains(name) && !name.equals("type")) {
                throw refuse("unknown option " + Text.shorten(name));
            }
        }
        return this;
    }

    Optional<HfNode> find(String name) {
        return Optional.ofNullable(members().get(name));
    }

    HfNode get(String name) {
        return find(name).orElseThrow(() -> refuse("expected " + name + ", found none"));
    }

    List<HfNode> list(String name) {
        return get(name).items();
    }

    String string(String name) {
        return get(name).string();
    }

    boolean flag(String name, boolean otherwise) {
        return find(name).map(HfNode::flag).orElse(otherwise);
    }

    int count(String name) {
        return get(name).count();
    }

    String string() {
        return as(String.class, "a string");
    }

    boolean flag() {
        return as(Boolean.class, "true or false");
    }

    /** A string of exactly one character of the basic plane. */
    char character(String name) {
        String text = string(name);
        if (text.length() != 1) {
            throw get(name).refuse("expected one character, found '" + Text.shorten(text) + "'");
        }
        return text.charAt(0);
    }

    /** An integer from zero up. */
    int count() {
        int count = as(Integer.class, "an integer");
        if (count < 0) {
            throw refuse("expected an integer >= 0, found " + count);
        }
        return count;
    }

    @SuppressWarnings("unchecked")
    List<HfNode> items() {
        return as(List.class, "an array");
    }

    /** A refusal that says where. */
    TokenizerException refuse(String what) {
        return new TokenizerException(path + ": " + what);
    }

    @SuppressWarnings("unchecked")
    private Map<String, HfNode> members() {
        return as(Map.class, "an object");
    }

    private <T> T as(Class<T> type, String expected) {
        if (!type.isInstance(value)) {
            throw refuse("expected " + expected + ", found " + found());
        }
        return type.cast(value);
    }

    private String found() {
        return switch (value) {
            case String text -> "the string '" + Text.shorten(text) + "'";
            case Map<?, ?> members -> "an object";
            case List<?> items -> "an array";
            default -> value.toString();
        };
    }
}
