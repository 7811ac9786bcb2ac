package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.json.StrictJson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Function;

/**
 * The settings in the head of a GGUF file, by key. Values are found when the file is opened and decoded when they are
 * asked for; usable while the file is mapped.
 *
 * <p>A key that is not there gives an empty answer, one of another kind than asked for an exception. Integers may be
 * stored in any width.
 */
public final class GgufMetadata {
    private static final int MAX_KEY_BYTES = 65535;
    private static final int MIN_ENTRY_BYTES = 8 + 1 + 4 + 1;
    private static final int MAX_ELEMENTS = 1 << 22;

    private final GgufInput input;
    private final SequencedMap<String, Value> values = new LinkedHashMap<>();

    private GgufMetadata(GgufInput input) {
        this.input = input;
    }

    /** Where a value lies: of an array its first element, of text its length. */
    private record Value(GgufType type, GgufType element, long count, long place) {}

    /** Bytes that an entry takes at least. */
    static int minEntryBytes() {
        return MIN_ENTRY_BYTES;
    }

    static GgufMetadata read(GgufInput input, long count) {
        GgufMetadata metadata = new GgufMetadata(input.at(0));
        for (long i = 0; i < count; i++) {
            metadata.readEntry(input, "key " + i);
        }
        return metadata;
    }

    private void readEntry(GgufInput in, String what) {
        long at = in.position();
        String key = in.text(what, MAX_KEY_BYTES);
        if (key.isEmpty() || key.codePoints().anyMatch(Character::isISOControl)) {
            throw in.malformed(at, what + ": expected a printable name, found '" + key + "'");
        }
        if (values.put(key, value(in, key)) != null) {
            throw in.malformed(at, "expected each key once, found " + key + " again");
        }
    }

    private static Value value(GgufInput in, String key) {
        GgufType type = type(in, key);
        if (type != GgufType.ARRAY) {
            Value value = new Value(type, type, 1, in.position());
            skip(in, type, key);
            return value;
        }
        long at = in.position();
        GgufType element = type(in, key);
        if (element == GgufType.ARRAY) {
            throw in.malformed(at, key + ": expected an array of plain values, found an array of arrays");
        }
        long count = in.count(key, element.minBytes());
        Value value = new Value(type, element, count, in.position());
        if (element == GgufType.TEXT) {
            for (long i = 0; i < count; i++) {
                in.skipText(key);
            }
        } else {
            in.skip(count * element.minBytes(), key);
        }
        return value;
    }

    private static GgufType type(GgufInput in, String key) {
        long at = in.position();
        long number = in.u32(key);
        return GgufType.of(number)
                .orElseThrow(() -> in.malformed(at, key + ": expected a type below 13, found " + number));
    }

    private static void skip(GgufInput in, GgufType type, String key) {
        if (type == GgufType.TEXT) {
            in.skipText(key);
        } else {
            in.skip(type.minBytes(), key);
        }
    }

    /** The file, for messages. */
    public String file() {
        return input.file();
    }

    /** In the order of the file. */
    public SequencedSet<String> keys() {
        return Collections.unmodifiableSequencedSet(values.sequencedKeySet());
    }

    /** Where in the file a value is stored. */
    long place(String key) {
        return find(key).orElseThrow().place();
    }

    public Optional<String> text(String key) {
        return find(key).map(value -> {
            require(key, value, value.type() == GgufType.TEXT, "text");
            return input.at(value.place()).text(key);
        });
    }

    public OptionalLong integer(String key) {
        Value value = values.get(key);
        if (value == null) {
            return OptionalLong.empty();
        }
        require(key, value, value.type().isInteger(), "an integer");
        return OptionalLong.of(integer(input.at(value.place()), value.type(), key));
    }

    /** An integer of just this width. */
    OptionalLong u32(String key) {
        find(key).ifPresent(value -> require(key, value, value.type() == GgufType.U32, "an integer of type u32"));
        return integer(key);
    }

    /** An integer that must not be negative nor exceed 31 bits. */
    public OptionalInt count(String key) {
        OptionalLong value = integer(key);
        if (value.isPresent() && (value.getAsLong() < 0 || value.getAsLong() > Integer.MAX_VALUE)) {
            throw malformed(key, "an integer from 0 to " + Integer.MAX_VALUE, Long.toString(value.getAsLong()));
        }
        return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
    }

    public OptionalDouble number(String key) {
        Value value = values.get(key);
        if (value == null) {
            return OptionalDouble.empty();
        }
        GgufInput in = input.at(value.place());
        require(key, value, value.type() == GgufType.F32 || value.type() == GgufType.F64, "a number");
        double number = value.type() == GgufType.F32 ? in.f32(key) : in.f64(key);
        if (!Double.isFinite(number)) {
            throw malformed(key, "a finite number", Double.toString(number));
        }
        return OptionalDouble.of(number);
    }

    public Optional<Boolean> flag(String key) {
        return find(key).map(value -> {
            require(key, value, value.type() == GgufType.BOOL, "true or false");
            int number = input.at(value.place()).u8(key);
            if (number > 1) {
                throw malformed(key, "0 or 1", Integer.toString(number));
            }
            return number == 1;
        });
    }

    /** How long an array of text is, without reading it. */
    public OptionalLong textCount(String key) {
        Value value = values.get(key);
        if (value == null) {
            return OptionalLong.empty();
        }
        require(key, value, value.element() == GgufType.TEXT, "an array of text");
        return OptionalLong.of(value.count());
    }

    /** @param maxBytes of each */
    public Optional<List<String>> texts(String key, long maxBytes) {
        return array(key, GgufType.TEXT, "an array of text", in -> in.text(key, maxBytes));
    }

    public Optional<List<Float>> numbers(String key) {
        return array(key, GgufType.F32, "an array of f32", in -> in.f32(key));
    }

    /** Each must fit 32 bits. */
    public Optional<List<Integer>> integers(String key) {
        return find(key).flatMap(value -> {
            require(
                    key,
                    value,
                    value.type() == GgufType.ARRAY && value.element().isInteger(),
                    "an array of integers");
            return array(key, value.element(), "", in -> {
                long number = integer(in, value.element(), key);
                if (number != (int) number) {
                    throw malformed(key, "integers of 32 bits", Long.toString(number));
                }
                return (int) number;
            });
        });
    }

    private <T> Optional<List<T>> array(String key, GgufType element, String words, Function<GgufInput, T> reader) {
        return find(key).map(value -> {
            require(key, value, value.type() == GgufType.ARRAY && value.element() == element, words);
            if (value.count() > MAX_ELEMENTS) {
                throw malformed(key, "at most " + MAX_ELEMENTS + " elements", Long.toString(value.count()));
            }
            GgufInput in = input.at(value.place());
            List<T> list = new ArrayList<>();
            for (long i = 0; i < value.count(); i++) {
                list.add(reader.apply(in));
            }
            return list;
        });
    }

    private long integer(GgufInput in, GgufType type, String key) {
        return switch (type) {
            case U8 -> in.u8(key);
            case I8 -> (byte) in.u8(key);
            case U16 -> in.i16(key) & 0xffff;
            case I16 -> in.i16(key);
            case U32 -> in.u32(key);
            case I32 -> in.i32(key);
            case I64 -> in.i64(key);
            default -> {
                long number = in.i64(key);
                if (number < 0) {
                    throw malformed(key, "an integer below 2^63", Long.toUnsignedString(number));
                }
                yield number;
            }
        };
    }

    private Optional<Value> find(String key) {
        return Optional.ofNullable(values.get(key));
    }

    private void require(String key, Value value, boolean condition, String expected) {
        if (!condition) {
            String found = value.type() == GgufType.ARRAY
                    ? "an array of " + value.element()
                    : value.type().toString();
            throw malformed(key, expected, found);
        }
    }

    /** Why a value cannot be used, for what is wrong with it in the eyes of its reader, too. */
    public ModelFormatException malformed(String key, String expected, String found) {
        return new ModelFormatException(
                file() + ": " + StrictJson.printable(key + ": expected " + expected + ", found " + found));
    }
}
