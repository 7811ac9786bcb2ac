package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.quant.DType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * The head of a GGUF file to be written, version 3: settings, then tensors. Offsets are given out in the order in which
 * tensors are added. Not thread-safe.
 */
public final class GgufHead {
    private static final int VERSION = 3;
    private static final int MAX_U16 = 0xffff;
    private static final int FIXED_BYTES = 2 * Integer.BYTES + 2 * Long.BYTES;

    private final ByteArrayOutputStream settings = new ByteArrayOutputStream();
    private final ByteArrayOutputStream tensors = new ByteArrayOutputStream();
    private final Map<String, Integer> places = new HashMap<>(); // of values in the settings
    private long keyCount;
    private long tensorCount;
    private long dataBytes;

    public GgufHead text(String key, String value) {
        return add(key, GgufType.TEXT, out -> put(out, value));
    }

    public GgufHead u32(String key, int value) {
        return add(key, GgufType.U32, out -> put(out, value));
    }

    public GgufHead i32(String key, int value) {
        return add(key, GgufType.I32, out -> put(out, value));
    }

    /** @throws IllegalArgumentException when it does not fit 16 bits */
    public GgufHead u16(String key, int value) {
        if (value < 0 || value > MAX_U16) {
            throw new IllegalArgumentException(key + ": expected 0 to " + MAX_U16 + ", found " + value);
        }
        return add(key, GgufType.U16, out -> {
            out.write(value);
            out.write(value >> Byte.SIZE);
        });
    }

    public GgufHead f32(String key, float value) {
        return add(key, GgufType.F32, out -> put(out, Float.floatToRawIntBits(value)));
    }

    public GgufHead flag(String key, boolean value) {
        return add(key, GgufType.BOOL, out -> out.write(value ? 1 : 0));
    }

    public GgufHead texts(String key, List<String> values) {
        return array(key, GgufType.TEXT, values, GgufHead::put);
    }

    public GgufHead f32s(String key, List<Float> values) {
        return array(key, GgufType.F32, values, (out, value) -> put(out, Float.floatToRawIntBits(value)));
    }

    public GgufHead i32s(String key, List<Integer> values) {
        return array(key, GgufType.I32, values, (out, value) -> put(out, (int) value));
    }

    private interface Element<T> {
        void put(ByteArrayOutputStream out, T value);
    }

    private <T> GgufHead array(String key, GgufType type, List<T> values, Element<T> element) {
        return add(key, GgufType.ARRAY, out -> {
            put(out, type.ordinal());
            put(out, (long) values.size());
            values.forEach(value -> element.put(out, value));
        });
    }

    private GgufHead add(String key, GgufType type, Consumer<ByteArrayOutputStream> value) {
        put(settings, key);
        put(settings, type.ordinal());
        if (places.put(key, settings.size()) != null) {
            throw new IllegalArgumentException("expected each key once, found " + key + " again");
        }
        value.accept(settings);
        keyCount++;
        return this;
    }

    /**
     * Adds a tensor and gives its place.
     *
     * @return where its data begins, counted from {@link #dataStart}
     * @throws IllegalArgumentException when the format cannot hold it
     */
    public long tensor(String name, List<Long> shape, DType dtype, long bytes) {
        if (name.getBytes(StandardCharsets.UTF_8).length > GgufContents.MAX_NAME_BYTES
                || shape.isEmpty()
                || shape.size() > GgufContents.MAX_DIMENSIONS) {
            throw new IllegalArgumentException("GGUF cannot hold " + name + " " + shape);
        }
        put(tensors, name);
        put(tensors, shape.size());
        shape.reversed().forEach(dimension -> put(tensors, (long) dimension));
        put(tensors, GgmlType.numberOf(dtype));
        long offset = dataBytes;
        put(tensors, offset);
        dataBytes += padded(bytes);
        tensorCount++;
        return offset;
    }

    /** Where the data begins in the file, once everything is added. */
    public long dataStart() {
        return padded(FIXED_BYTES + settings.size() + tensors.size());
    }

    /** Bytes of the whole file. */
    public long fileBytes() {
        return dataStart() + dataBytes;
    }

    /** Where in the file the value of a key is stored. */
    int place(String key) {
        return FIXED_BYTES + Objects.requireNonNull(places.get(key));
    }

    private static long padded(long bytes) {
        return Math.ceilDiv(bytes, GgufContents.DEFAULT_ALIGNMENT) * GgufContents.DEFAULT_ALIGNMENT;
    }

    /** Everything before the data, padding included. */
    public ByteBuffer bytes() {
        ByteBuffer head = ByteBuffer.allocate(Math.toIntExact(dataStart())).order(ByteOrder.LITTLE_ENDIAN);
        head.putInt(GgufContents.MAGIC).putInt(VERSION).putLong(tensorCount).putLong(keyCount);
        head.put(settings.toByteArray()).put(tensors.toByteArray());
        return head.rewind();
    }

    private static void put(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        put(out, (long) bytes.length);
        out.writeBytes(bytes);
    }

    private static void put(ByteArrayOutputStream out, int value) {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            out.write(value >> shift);
        }
    }

    private static void put(ByteArrayOutputStream out, long value) {
        put(out, (int) value);
        put(out, (int) (value >> Integer.SIZE));
    }
}
