package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.quant.DType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the pickle (protocol 2) of a dictionary of tensors as torch.save does: each tensor a storage of its own, named
 * by its number, in row-major order. Only what {@code torch.load(weights_only=True)} admits occurs in it.
 */
final class TorchPickle {
    private static final int BATCH = 1000; // as Python's pickler, which bounds the stack of readers
    private static final int ONE_BYTE = 0x100;
    private static final int TWO_BYTES = 0x10000;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private TorchPickle() {}

    static ByteBuffer of(List<TensorInfo> tensors) {
        TorchPickle pickle = new TorchPickle();
        pickle.op(0x80).op(2); // PROTO 2
        pickle.op('}'); // EMPTY_DICT
        for (int first = 0; first < tensors.size(); first += BATCH) {
            pickle.op('('); // MARK
            for (int i = first; i < Math.min(first + BATCH, tensors.size()); i++) {
                pickle.text(tensors.get(i).name()).tensor(tensors.get(i), i);
            }
            pickle.op('u'); // SETITEMS
        }
        pickle.op('.'); // STOP
        return ByteBuffer.wrap(pickle.out.toByteArray());
    }

    private void tensor(TensorInfo info, int key) {
        global("torch._utils", "_rebuild_tensor_v2").op('(');
        op('(').text("storage").global("torch", storage(info.dtype()));
        text(Integer.toString(key)).text("cpu").integer(info.elements());
        op('t').op('Q'); // TUPLE, BINPERSID
        integer(0).tuple(info.shape()).tuple(strides(info.shape()));
        op(0x89); // NEWFALSE: requires no gradient
        global("collections", "OrderedDict").op(')').op('R'); // EMPTY_TUPLE, REDUCE: no hooks
        op('t').op('R');
    }

    private static String storage(DType dtype) {
        return switch (dtype) {
            case F64 -> "DoubleStorage";
            case F32 -> "FloatStorage";
            case F16 -> "HalfStorage";
            case BF16 -> "BFloat16Storage";
            default -> throw new IllegalArgumentException("PyTorch has no storage for " + dtype);
        };
    }

    private static List<Long> strides(List<Long> shape) {
        List<Long> strides = new ArrayList<>();
        long stride = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            strides.addFirst(stride);
            stride *= Math.max(1, shape.get(i));
        }
        return strides;
    }

    private TorchPickle tuple(List<Long> values) {
        op('(');
        values.forEach(this::integer);
        return op('t');
    }

    private TorchPickle text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        op('X').number(bytes.length, Integer.BYTES); // BINUNICODE
        out.writeBytes(bytes);
        return this;
    }

    private TorchPickle global(String module, String name) {
        out.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    private TorchPickle integer(long value) {
        if (value < ONE_BYTE) {
            return op('K').number(value, 1); // BININT1
        }
        if (value < TWO_BYTES) {
            return op('M').number(value, 2); // BININT2
        }
        if (value <= Integer.MAX_VALUE) {
            return op('J').number(value, Integer.BYTES); // BININT
        }
        return op(0x8a).op(Long.BYTES).number(value, Long.BYTES); // LONG1
    }

    private TorchPickle number(long value, int bytes) {
        byte[] all = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
        out.write(all, 0, bytes);
        return this;
    }

    private TorchPickle op(int code) {
        out.write(code);
        return this;
    }
}
