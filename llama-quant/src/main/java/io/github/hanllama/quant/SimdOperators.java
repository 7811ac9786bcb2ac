package io.github.hanllama.quant;

import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.AND_NOT;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.DIV;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.MIN;
import static jdk.incubator.vector.VectorOperators.MUL;
import static jdk.incubator.vector.VectorOperators.NEG;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.SUB;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.util.List;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators.Associative;
import jdk.incubator.vector.VectorOperators.Binary;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Uses every operator that the kernels do, before any of them is compiled.
 *
 * <p>The Vector API looks an operator up in a table that it fills at the first use. C2 leaves the way to fill it out of what
 * it compiles, so an operator that is first used later throws compiled code away, which is counted against the lookup. A kernel has
 * that lookup in it over a hundred times; with every count multiplied by that, C2 is soon past {@code PerMethodTrapLimit}, keeps
 * every unlikely way from there on, with calls in it, and boxes the vectors that live across: one start in seven wrote text in
 * Q8_0 at half the speed or less for good.
 */
final class SimdOperators {
    private static final List<Binary> OF_FLOATS = List.of(ADD, SUB, MUL, DIV, MIN, MAX);
    private static final List<Binary> OF_INTEGERS = List.of(ADD, SUB, MUL, MIN, MAX, AND, OR, XOR, AND_NOT);
    private static final List<Binary> SHIFTS = List.of(LSHL, LSHR, ASHR);
    private static final List<Associative> REDUCTIONS = List.of(ADD, MIN, MAX);

    /** Enough for the JVM to count which ways are taken, so that C2 never takes one for unlikely that a later operator takes. */
    private static final int ROUNDS = 100;

    private SimdOperators() {}

    /** @param shape of the vectors; the tables are for vectors of all shapes */
    static void useAll(VectorShape shape) {
        for (int i = 0; i < ROUNDS; i++) {
            useFloats(FloatVector.zero(VectorSpecies.of(float.class, shape)));
            useIntegers(IntVector.zero(VectorSpecies.of(int.class, shape)));
            useIntegers(ShortVector.zero(VectorSpecies.of(short.class, shape)));
            useIntegers(ByteVector.zero(VectorSpecies.of(byte.class, shape)));
        }
    }

    private static void useFloats(FloatVector numbers) {
        OF_FLOATS.forEach(operator -> numbers.lanewise(operator, numbers));
        REDUCTIONS.forEach(numbers::reduceLanes);
        numbers.lanewise(ABS).lanewise(NEG).lanewise(FMA, numbers, numbers);
    }

    private static <T> void useIntegers(Vector<T> numbers) {
        OF_INTEGERS.forEach(operator -> numbers.lanewise(operator, numbers));
        for (Binary shift : SHIFTS) {
            numbers.lanewise(shift, numbers).lanewise(shift, 1);
        }
        REDUCTIONS.forEach(numbers::reduceLanesToLong);
    }
}
