package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.function.Supplier;

/** Writes and reads the exchange form of a model's caches ({@link KvHeader}). Reading trusts nothing it has not checked. */
final class KvExchange {
    private final LlamaConfig config;
    private final DType dtype;
    private final Supplier<String> identity;

    /** @param identity computed at the first exchange only: for large models it means reading every byte */
    KvExchange(LlamaConfig config, DType dtype, Supplier<String> identity) {
        this.config = config;
        this.dtype = dtype;
        this.identity = identity;
    }

    void write(AdapterSet adapters, KvStorage storage, int from, int to, WritableByteChannel channel)
            throws IOException {
        CheckedWriter out = new CheckedWriter(channel);
        out.write(header(adapters, dtype, from, to).encode());
        forEachRun(dtype, from, to, (values, layer, part, head, first, end) -> {
            storage.read(layer, part, head, first, end, values.floats());
            out.write(values.encode(end - first));
        });
        out.writeChecksum();
    }

    /**
     * Reads what starts at {@code length} into positions the cache does not count yet.
     *
     * @return the length the cache has afterwards
     * @throws IllegalArgumentException when it does not belong there
     * @throws IOException when it is cut short or damaged
     */
    int read(AdapterSet adapters, KvStorage storage, int length, int capacity, ReadableByteChannel channel)
            throws IOException {
        CheckedReader in = new CheckedReader(channel);
        KvHeader header = KvHeader.decode(in.read(ByteBuffer.allocate(KvHeader.BYTES)));
        check(adapters, header, length, capacity);
        forEachRun(header.dtype(), header.from(), header.to(), (values, layer, part, head, first, end) -> {
            in.read(values.bytes(end - first));
            values.decode(end - first);
            storage.write(layer, part, head, first, end, values.floats());
        });
        in.requireChecksum();
        return header.to();
    }

    private KvHeader header(AdapterSet adapters, DType type, int from, int to) {
        return new KvHeader(
                adapters.identity(identity()),
                config.numHiddenLayers(),
                config.numKeyValueHeads(),
                config.headDim(),
                type,
                from,
                to);
    }

    private String identity() {
        try {
            return identity.get();
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    "the identity of the model is not known: ask Checkpoint.identity() before closing the checkpoint",
                    e);
        }
    }

    private void check(AdapterSet adapters, KvHeader found, int length, int capacity) {
        KvHeader expected = header(adapters, found.dtype(), found.from(), found.to());
        if (!found.identity().equals(expected.identity())) {
            throw new IllegalArgumentException("exported cache of another model or other adapters: expected identity "
                    + expected.identity() + ", found " + found.identity());
        }
        if (!found.equals(expected)) {
            throw new IllegalArgumentException("exported cache: expected " + expected + ", found " + found);
        }
        if (found.from() != length) {
            throw new IllegalArgumentException("exported cache: expected to start at " + length
                    + ", where this cache ends, found " + found.from());
        }
        if (found.to() < found.from() || found.to() > capacity) {
            throw new IllegalArgumentException("exported cache: expected to end within " + found.from() + ".."
                    + capacity + ", the capacity, found " + found.to());
        }
    }

    /** Walks the range in the order of the format, a bounded number of positions of one head at a time. */
    private void forEachRun(DType type, int from, int to, RunBody body) throws IOException {
        KvValues values = new KvValues(type, config.headDim());
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (KvPart part : KvPart.values()) {
                for (int head = 0; head < config.numKeyValueHeads(); head++) {
                    int first = from;
                    while (first < to) {
                        int end = first + Math.min(values.positions(), to - first);
                        body.accept(values, layer, part, head, first, end);
                        first = end;
                    }
                }
            }
        }
    }

    /** What is done with positions {@code first} to {@code end} of one head. */
    @FunctionalInterface
    private interface RunBody {
        void accept(KvValues values, int layer, KvPart part, int head, int first, int end) throws IOException;
    }
}
