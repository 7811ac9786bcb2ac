package io.github.hanllama.lora;

/**
 * The magnitude from which on an element is among the largest share of a matrix, exactly, without holding it: magnitudes are
 * ordered as their bits are, so counting the upper bits and then, in one of those classes, the lower ones finds it.
 */
final class LargestShare {
    private static final int LOW_BITS = 15;
    private static final int LOW_MASK = (1 << LOW_BITS) - 1;
    private static final int MAGNITUDE = 0x7fff_ffff;

    private LargestShare() {}

    static float threshold(Delta delta, double density) {
        long elements = delta.rowCount() * delta.columns();
        long wanted = Math.clamp((long) Math.ceil(density * elements), 1, elements);
        long[] classes = new long[1 << 16];
        count(delta, bits -> classes[bits >>> LOW_BITS]++);
        int high = classes.length - 1;
        long larger = 0;
        while (larger + classes[high] < wanted) {
            larger += classes[high--];
        }
        int chosen = high;
        long[] members = new long[LOW_MASK + 1];
        count(delta, bits -> members[bits & LOW_MASK] += bits >>> LOW_BITS == chosen ? 1 : 0);
        int low = LOW_MASK;
        while (larger + members[low] < wanted) {
            larger += members[low--];
        }
        return Float.intBitsToFloat(chosen << LOW_BITS | low);
    }

    private static void count(Delta delta, BitsCounter counter) {
        delta.rows().read(0, delta.rowCount(), (firstRow, rowCount, values) -> {
            for (int i = 0; i < rowCount * delta.columns(); i++) {
                counter.count(Float.floatToRawIntBits(values[i]) & MAGNITUDE);
            }
        });
    }

    private interface BitsCounter {
        void count(int bits);
    }
}
