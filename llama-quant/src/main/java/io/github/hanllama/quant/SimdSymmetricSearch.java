package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdGroups.load;
import static io.github.hanllama.quant.SimdGroups.replace;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Lanes are groups, as in {@link SimdAffineSearch}. */
final class SimdSymmetricSearch implements SymmetricSearch {
    private final int size;
    private final int half;
    private final float[] numbers; // (size, LANES), as are the next two
    private final float[] weights;
    private final float[] trial; // levels

    private final float[] extreme = new float[LANES];
    private final float[] inverse = new float[LANES];
    private final float[] sumXL = new float[LANES];
    private final float[] sumL2 = new float[LANES];
    private final float[] scale = new float[LANES];
    private final float[] best = new float[LANES];
    private final float[] bestInverse = new float[LANES];
    private final float[] trialScale = new float[LANES];
    private final float[] trialBest = new float[LANES];

    SimdSymmetricSearch(int size, int half) {
        this.size = size;
        this.half = half;
        this.numbers = new float[size * LANES];
        this.weights = new float[size * LANES];
        this.trial = new float[size * LANES];
    }

    /** The groups must fill whole vectors. */
    @Override
    public void search(float[] x, int at, float[] weights, int[] levels, float[] scales) {
        for (int group = 0; group < scales.length; group += LANES) {
            SimdGroups.transpose(x, at + group * size, size, LANES, numbers);
            SimdGroups.transpose(weights, group * size, size, LANES, this.weights);
            searchLanes();
            SimdGroups.putLevels(trial, size, LANES, levels, group * size);
            System.arraycopy(scale, 0, scales, group, LANES);
        }
    }

    private void searchLanes() {
        findExtremes();
        begin();
        for (int i = -SCALES_EACH_WAY; i <= SCALES_EACH_WAY; i++) {
            if (i != 0) {
                divide(-(half + SCALE_STEP * i));
                quantize();
                keepBetter();
            }
        }
        finish();
    }

    private void findExtremes() {
        FloatVector found = FloatVector.zero(FLOAT);
        FloatVector magnitude = found;
        for (int i = 0; i < numbers.length; i += LANES) {
            FloatVector x = load(numbers, i);
            VectorMask<Float> larger = magnitude.lt(x.abs());
            found = found.blend(x, larger);
            magnitude = magnitude.blend(x.abs(), larger);
        }
        found.intoArray(extreme, 0);
    }

    private void begin() {
        divide(-half);
        quantize();
        FloatVector fitted = load(sumXL, 0).div(load(sumL2, 0));
        fitted = fitted.blend(0, load(sumL2, 0).eq(0));
        fitted.intoArray(scale, 0);
        fitted.mul(load(sumXL, 0)).intoArray(best, 0);
        load(inverse, 0).intoArray(bestInverse, 0);
    }

    private void divide(float lowest) {
        FloatVector.broadcast(FLOAT, lowest).div(load(extreme, 0)).intoArray(inverse, 0);
    }

    /** Levels, and their weighted sums. */
    private void quantize() {
        FloatVector factor = load(inverse, 0);
        FloatVector ofXL = FloatVector.zero(FLOAT);
        FloatVector ofL2 = ofXL;
        for (int i = 0; i < numbers.length; i += LANES) {
            FloatVector x = load(numbers, i);
            FloatVector w = load(weights, i);
            FloatVector level = SimdGroups.level(factor.mul(x), -half, half - 1);
            ofXL = ofXL.add(w.mul(x).mul(level));
            ofL2 = ofL2.add(w.mul(level).mul(level));
            level.intoArray(trial, i);
        }
        ofXL.intoArray(sumXL, 0);
        ofL2.intoArray(sumL2, 0);
    }

    private void keepBetter() {
        FloatVector ofXL = load(sumXL, 0);
        FloatVector ofL2 = load(sumL2, 0);
        VectorMask<Float> better = load(best, 0).mul(ofL2).lt(ofXL.mul(ofXL)).and(ofL2.compare(VectorOperators.GT, 0));
        if (better.anyTrue()) {
            FloatVector fitted = ofXL.div(ofL2);
            fitted.intoArray(trialScale, 0);
            fitted.mul(ofXL).intoArray(trialBest, 0);
            replace(scale, trialScale, better);
            replace(best, trialBest, better);
            replace(bestInverse, inverse, better);
        }
    }

    /** The best levels, with {@code half} added; groups of zeros have neither levels nor a scale. */
    private void finish() {
        load(bestInverse, 0).intoArray(inverse, 0);
        quantize();
        VectorMask<Float> nothing = load(extreme, 0).abs().compare(VectorOperators.LT, NOTHING);
        for (int i = 0; i < trial.length; i += LANES) {
            load(trial, i).add(half).blend(0, nothing).intoArray(trial, i);
        }
        load(scale, 0).blend(0, nothing).intoArray(scale, 0);
    }
}
