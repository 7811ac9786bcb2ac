package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.quant.DType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pickle builds here. Containers may share their parts or contain themselves, so nothing walks, compares or
 * prints one as a whole; {@link #kind()} is for messages.
 */
sealed interface PickleValue {
    /** After "found": "a list". */
    String kind();

    /** Things without a value of interest. */
    enum Plain implements PickleValue {
        NONE("None"),
        TRUE("True"),
        FALSE("False"),
        REAL("a floating-point number"),
        SET("a set"),
        BYTES("bytes"),
        DTYPE("a dtype"),
        DEVICE("a device"),
        LAYOUT("a layout");

        private final String kind;

        Plain(String kind) {
            this.kind = kind;
        }

        @Override
        public String kind() {
            return kind;
        }
    }

    /** An integer of up to 64 bits. */
    record Whole(long value) implements PickleValue {
        @Override
        public String kind() {
            return "the integer " + value;
        }
    }

    /** A longer integer; the magic number of old files is one. */
    record LongWhole(BigInteger value) implements PickleValue {
        @Override
        public String kind() {
            return "an integer of " + value.bitLength() + " bits";
        }
    }

    record Text(String value) implements PickleValue {
        @Override
        public String kind() {
            return "text";
        }
    }

    /** Its items do not change. */
    record Tuple(List<PickleValue> items) implements PickleValue {
        @Override
        public String kind() {
            return "a tuple of " + items.size();
        }
    }

    final class Items implements PickleValue {
        final List<PickleValue> values = new ArrayList<>();

        @Override
        public String kind() {
            return "a list of " + values.size();
        }
    }

    /** A dict, ordered or not: only text leads to a value, another key is remembered as a fault. */
    final class Table implements PickleValue {
        final Map<String, PickleValue> values = new LinkedHashMap<>();
        Optional<String> strayKey = Optional.empty();

        @Override
        public String kind() {
            return "a table of " + values.size();
        }
    }

    /** A type of storage, {@code torch.HalfStorage}. */
    record StorageType(String name, DType dtype) implements PickleValue {
        @Override
        public String kind() {
            return "the type " + name;
        }
    }

    /** A name that the file may mention as what makes a value; which one decides how the value is described. */
    record Maker(String name, Product product) implements PickleValue {
        @Override
        public String kind() {
            return "the name " + name;
        }
    }

    /** What a {@link Maker} stands for. */
    enum Product {
        TABLE,
        TENSOR,
        PARAMETER,
        TUPLE,
        BYTES,
        DEVICE,
        LAYOUT
    }

    /** Data somewhere in the file. */
    record Storage(DType dtype, String key, long elements) implements PickleValue {
        @Override
        public String kind() {
            return "a storage";
        }
    }

    /** A view of a storage, not yet checked against it. */
    record View(Storage storage, long offset, List<Long> sizes, List<Long> strides) implements PickleValue {
        @Override
        public String kind() {
            return "a tensor";
        }
    }
}
