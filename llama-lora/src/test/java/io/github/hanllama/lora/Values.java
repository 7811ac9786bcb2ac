package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Whole tensors as arrays, for comparing. */
final class Values {
    private Values() {}

    static float[] of(Tensor tensor) {
        return Rows.readVector(tensor);
    }

    static float[] of(Checkpoint checkpoint, String name) {
        return of(checkpoint.tensor(name));
    }

    /** The stored bytes, gathered from tiles. */
    static byte[] stored(Tensor tensor) {
        byte[] result = new byte[(int) tensor.info().bytes()];
        long rowBytes = tensor.info().rowBytes();
        tensor.readStoredRows(
                0,
                tensor.info().rows(),
                (firstRow, rowCount, bytes) ->
                        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, result, (int) (firstRow * rowBytes), (int)
                                (rowCount * rowBytes)));
        return result;
    }

    static double largestDifference(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double largest = 0;
        for (int i = 0; i < actual.length; i++) {
            double difference = Math.abs((double) actual[i] - expected[i]);
            largest = difference <= largest ? largest : difference; // NaN stays
        }
        return largest;
    }

    /** A copy in memory with exactly the stored bytes, as writing and loading again would give. */
    static MemoryTensor reloaded(Tensor tensor) {
        return new MemoryTensor(tensor.info(), MemorySegment.ofArray(stored(tensor)), 3);
    }
}
