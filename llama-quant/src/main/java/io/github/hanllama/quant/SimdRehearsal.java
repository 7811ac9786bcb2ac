package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.HALF;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.SHORT;
import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.AND_NOT;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.DIV;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.MIN;
import static jdk.incubator.vector.VectorOperators.MUL;
import static jdk.incubator.vector.VectorOperators.NEG;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.S2I;
import static jdk.incubator.vector.VectorOperators.SUB;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
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
 * Uses what the kernels use of the Vector API, with all kinds of vectors in turn, before any of them is compiled.
 *
 * <p>Vectors of all kinds share most methods of the API. C2 compiles such a method for what it has been called with so far; what comes
 * later, another kind of vector or the first use of an operator, which fills a table, throws the compiled code away and is counted
 * against the method. A kernel has that method in it over a hundred times: with every count multiplied by that, C2 is soon past
 * {@code PerMethodTrapLimit}, keeps every unlikely way from there on, with calls in it, and boxes the vectors that live across. Some
 * starts wrote text at half the speed or less for good, as {@code docs/experiments.md} tells.
 */
final class SimdRehearsal {
    private static final List<Binary> OF_FLOATS = List.of(ADD, SUB, MUL, DIV, MIN, MAX);
    private static final List<Binary> OF_INTEGERS = List.of(ADD, SUB, MUL, MIN, MAX, AND, OR, XOR, AND_NOT);
    private static final List<Binary> SHIFTS = List.of(LSHL, LSHR, ASHR);
    private static final List<Associative> REDUCTIONS = List.of(ADD, MIN, MAX);

    /** As many lanes as {@link SimdSpecies#FLOAT} has, or as a vector has at least. */
    private static final VectorSpecies<Byte> BYTE =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, FLOAT.vectorBitSize() / Float.BYTES)));

    /** Enough for the JVM to count what comes, which it begins some hundred calls of a method late, and no more: 200 take 0.1 s. */
    private static final int ROUNDS = 200;

    private final FloatVector floats = FloatVector.zero(FLOAT);
    private final IntVector ints = IntVector.zero(INT);
    private final ShortVector shorts = ShortVector.zero(SHORT);
    private final ShortVector halves = ShortVector.zero(HALF);
    private final ByteVector bytes = ByteVector.zero(BYTE);
    private final List<Vector<?>> all = List.of(floats, ints, shorts);

    private final float[] floatArray = new float[FLOAT.length()];
    private final int[] intArray = new int[INT.length()];
    private final short[] shortArray = new short[SHORT.length()];

    private SimdRehearsal() {}

    static void run() {
        SimdRehearsal rehearsal = new SimdRehearsal();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(FLOAT.vectorByteSize());
            for (int i = 0; i < ROUNDS; i++) {
                rehearsal.move(memory);
                rehearsal.calculate();
                rehearsal.all.forEach(SimdRehearsal::reinterpret);
                rehearsal.convert();
            }
        }
    }

    private void move(MemorySegment memory) {
        FloatVector.fromMemorySegment(FLOAT, memory, 0, ByteOrder.LITTLE_ENDIAN).intoArray(floatArray, 0);
        IntVector.fromMemorySegment(INT, memory, 0, ByteOrder.LITTLE_ENDIAN).intoArray(intArray, 0);
        ShortVector.fromMemorySegment(SHORT, memory, 0, ByteOrder.LITTLE_ENDIAN).intoArray(shortArray, 0);
        ShortVector.fromMemorySegment(HALF, memory, 0, ByteOrder.LITTLE_ENDIAN).intoArray(shortArray, 0);
        ByteVector.fromMemorySegment(BYTE, memory, 0, ByteOrder.LITTLE_ENDIAN);
        FloatVector.fromArray(FLOAT, floatArray, 0);
        IntVector.fromArray(INT, intArray, 0);
        ShortVector.fromArray(SHORT, shortArray, 0);
        ShortVector.fromArray(HALF, shortArray, 0);
    }

    private void calculate() {
        OF_FLOATS.forEach(operator -> floats.lanewise(operator, floats));
        REDUCTIONS.forEach(floats::reduceLanes);
        floats.lanewise(ABS).lanewise(NEG).lanewise(FMA, floats, floats);
        choose(floats);
        calculate(ints);
        calculate(shorts);
    }

    private static <T> void calculate(Vector<T> numbers) {
        OF_INTEGERS.forEach(operator -> numbers.lanewise(operator, numbers));
        for (Binary shift : SHIFTS) {
            numbers.lanewise(shift, numbers).lanewise(shift, 1);
        }
        REDUCTIONS.forEach(numbers::reduceLanesToLong);
        choose(numbers);
    }

    private static <T> void choose(Vector<T> numbers) {
        numbers.blend(numbers, numbers.compare(GT, numbers))
                .compare(GT, numbers)
                .anyTrue();
    }

    private static void reinterpret(Vector<?> vector) {
        vector.reinterpretAsFloats();
        vector.reinterpretAsInts();
        vector.reinterpretAsShorts();
    }

    private void convert() {
        ints.convert(I2F, 0);
        bytes.convertShape(B2F, FLOAT, 0);
        halves.convertShape(S2I, INT, 0);
        ints.convertShape(I2S, HALF, 0);
    }
}
