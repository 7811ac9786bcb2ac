package io.github.hanllama.core.engine.support;

import io.github.hanllama.quant.DType;
import java.util.List;

/**
 * The arithmetic of an engine over loaded weights. One thread at a time calls {@link #run}; the other methods may be
 * called from any thread meanwhile.
 *
 * @param <S> how this engine stores keys and values
 * @param <M> how this engine keeps a matrix
 */
public interface Decoder<S extends KvStorage, M> extends AutoCloseable {
    /** Bytes that keys and values of one position take in all layers. */
    long bytesPerPosition();

    /** The type that loses nothing when a cache is exported: F32, F16, BF16 or Q8_0. */
    DType storedType();

    /** Room for that many positions. */
    S newStorage(int capacity);

    /** Copies the first positions of one storage to another of at least that capacity. */
    void copy(S from, S to, int length);

    /** Room for an adapter. */
    AdapterStore<M> newAdapterStore();

    /**
     * Runs the rows: writes keys and values at their positions, hands outputs over in batch order by {@link
     * PassRow#emit} and ends each by {@link PassRow#complete} or {@link PassRow#fail}. A row that is no longer {@link
     * PassRow#active} is to be left as it is. What this method throws fails every row that has not ended.
     */
    void run(List<PassRow<S, M>> rows);

    /** Frees the weights. Called once, when nothing runs. */
    @Override
    void close();
}
