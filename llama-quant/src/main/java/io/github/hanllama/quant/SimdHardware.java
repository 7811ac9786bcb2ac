package io.github.hanllama.quant;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;

/** What the machine can do; apart from {@link SimdSpecies}, which is initialised only after the choice is made. */
final class SimdHardware {
    private static final int WIDEST_KERNEL = 512;

    private SimdHardware() {}

    /** The width the hardware prefers; code wider than the machine would run a hundred times slower. */
    static int preferredBits() {
        int floats = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        int shorts = ShortVector.SPECIES_PREFERRED.vectorBitSize();
        return Math.min(WIDEST_KERNEL, Math.min(floats, shorts));
    }

    /** Whether it shifts lanes of 16 bits by counts in another vector; AVX2 does not. */
    static boolean shiftsShorts() {
        return preferredBits() == WIDEST_KERNEL;
    }
}
