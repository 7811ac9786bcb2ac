package io.github.hanllama.quant;

import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The one vector width of this JVM, fixed before any kernel is compiled.
 *
 * <p>Constants, because C2 compiles vector code only for species it can see; one width for all kernels, because the
 * layouts are the same for every width (a multiple of 16 rows or positions side by side) and only the number of vectors differs.
 */
final class SimdSpecies {
    static final VectorSpecies<Float> FLOAT = VectorSpecies.of(
            float.class, VectorShape.forBitSize(Kernels.choice().bits()));
    static final VectorSpecies<Integer> INT = VectorSpecies.of(int.class, FLOAT.vectorShape());
    /** As many 16-bit lanes as {@link #FLOAT} has lanes. */
    static final VectorSpecies<Short> HALF =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOAT.vectorBitSize() / 2));

    static final VectorSpecies<Short> SHORT = VectorSpecies.of(short.class, FLOAT.vectorShape());

    static final int LANES = FLOAT.length();

    static {
        SimdRehearsal.run();
    }

    private SimdSpecies() {}
}
