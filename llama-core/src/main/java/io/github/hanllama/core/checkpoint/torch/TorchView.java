package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.checkpoint.torch.PickleValue.Storage;
import io.github.hanllama.core.checkpoint.torch.PickleValue.View;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.quant.DType;
import java.util.List;

/**
 * A tensor of a PyTorch file. Every element that shape and strides can reach lies inside its storage; several tensors may
 * view one storage, and one element may be seen more than once.
 *
 * @param offset where the first element lies, in bytes from the start of the file
 * @param strides how far the next index of each dimension is, in elements
 */
public record TorchView(String name, DType dtype, List<Long> shape, List<Long> strides, long offset) {
    /** A view that shows more than its storage has costs nothing in the file; nothing sound needs a large one. */
    private static final long MAX_EXPANDED_BYTES = 64 << 20;

    public TorchView {
        shape = List.copyOf(shape);
        strides = List.copyOf(strides);
    }

    static TorchView of(String file, String name, View view, TorchStorages storages) {
        String where = file + ": " + name;
        Storage storage = view.storage();
        requireInside(where, view);
        long start = storages.offset(where, storage);
        return new TorchView(
                name,
                storage.dtype(),
                view.sizes(),
                view.strides(),
                start + storage.dtype().bytes(view.offset()));
    }

    private static void requireInside(String where, View view) {
        boolean negative = view.offset() < 0
                || view.sizes().stream().anyMatch(size -> size < 0)
                || view.strides().stream().anyMatch(stride -> stride < 0);
        if (negative) {
            throw malformed(where, view, "nothing negative");
        }
        try {
            DType dtype = view.storage().dtype();
            long bytes = dtype.bytes(product(view.sizes()));
            boolean empty = view.sizes().contains(0L);
            long available = view.storage().elements();
            long availableBytes = dtype.bytes(available);
            if (view.offset() > available || (!empty && last(view) >= available)) {
                throw malformed(where, view, "elements inside its storage of " + available);
            }
            if (!empty && bytes > Math.max(MAX_EXPANDED_BYTES, availableBytes)) {
                throw malformed(where, view, "an expanded tensor of at most " + MAX_EXPANDED_BYTES + " bytes");
            }
        } catch (ArithmeticException e) {
            throw malformed(where, view, "a size below 2^63");
        }
    }

    /** Of all sizes but zeros: a shape whose rows alone overflow is refused even when it has no rows. */
    private static long product(List<Long> sizes) {
        long product = 1;
        for (long size : sizes) {
            product = Math.multiplyExact(product, Math.max(1, size));
        }
        return product;
    }

    private static long last(View view) {
        long last = view.offset();
        for (int i = 0; i < view.sizes().size(); i++) {
            long step = Math.multiplyExact(
                    view.sizes().get(i) - 1, (long) view.strides().get(i));
            last = Math.addExact(last, step);
        }
        return last;
    }

    private static ModelFormatException malformed(String where, View view, String expected) {
        return new ModelFormatException(where + ": expected " + expected + ", found sizes " + view.sizes() + " strides "
                + view.strides() + " from element " + view.offset());
    }

    /** Whether its elements lie one after the other, row by row. */
    public boolean isContiguous() {
        if (shape.contains(0L)) {
            return true;
        }
        long expected = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            if (shape.get(i) != 1 && strides.get(i) != expected) {
                return false;
            }
            expected *= shape.get(i);
        }
        return true;
    }
}
