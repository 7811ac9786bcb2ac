package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdGroups.load;
import static io.github.hanllama.quant.SimdGroups.replace;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Lanes are groups. Short methods that speak through arrays of one number per lane, because C2 gives up inlining in long
 * ones. Groups whose numbers are all the same need no special case: their levels come out as 0, their scale too.
 */
final class SimdAffineSearch implements AffineSearch {
    private final Tries tries;
    private final int size;
    private final float[] numbers; // (size, LANES), as are the next two
    private final float[] weights;
    private final float[] trial; // levels

    private final float[] min = new float[LANES];
    private final float[] max = new float[LANES];
    private final float[] sumW = new float[LANES];
    private final float[] sumX = new float[LANES];
    private final float[] scale = new float[LANES];
    private final float[] error = new float[LANES];
    private final float[] inverse = new float[LANES];
    private final float[] sumL = new float[LANES];
    private final float[] sumL2 = new float[LANES];
    private final float[] sumXL = new float[LANES];
    private final float[] determinant = new float[LANES];
    private final float[] fittedScale = new float[LANES];
    private final float[] fittedMin = new float[LANES];
    private final float[] fittedError = new float[LANES];
    private final float[] bestInverse = new float[LANES]; // with bestMin, what gave the best levels
    private final float[] bestMin = new float[LANES];

    SimdAffineSearch(Tries tries) {
        this.tries = tries;
        this.size = tries.size();
        this.numbers = new float[size * LANES];
        this.weights = new float[size * LANES];
        this.trial = new float[size * LANES];
    }

    /** The groups must fill whole vectors, or all be in one. */
    @Override
    public void search(float[] x, int at, float[] weights, int[] levels, float[] scales, float[] offsets) {
        int groups = Math.min(LANES, scales.length);
        for (int group = 0; group < scales.length; group += groups) {
            SimdGroups.transpose(x, at + group * size, size, groups, numbers);
            SimdGroups.transpose(weights, group * size, size, groups, this.weights);
            searchLanes();
            SimdGroups.putLevels(trial, size, groups, levels, group * size);
            for (int lane = 0; lane < groups; lane++) {
                scales[group + lane] = scale[lane];
                offsets[group + lane] = -min[lane];
            }
        }
    }

    private void searchLanes() {
        sumUp();
        begin();
        for (int i = 0; i <= tries.last(); i++) {
            divide(tries.levels(i));
            quantize(inverse, min);
            fit();
            error(fittedScale, fittedMin, fittedError);
            keepBetter();
        }
        quantize(bestInverse, bestMin);
    }

    private void sumUp() {
        FloatVector x = load(numbers, 0);
        FloatVector w = load(weights, 0);
        FloatVector least = x;
        FloatVector most = x;
        FloatVector sumOfW = w;
        FloatVector sumOfX = w.mul(x);
        for (int i = LANES; i < numbers.length; i += LANES) {
            x = load(numbers, i);
            w = load(weights, i);
            least = least.blend(x, x.lt(least));
            most = most.blend(x, most.lt(x));
            sumOfW = sumOfW.add(w);
            sumOfX = sumOfX.add(w.mul(x));
        }
        least.blend(0, least.compare(VectorOperators.GT, 0)).intoArray(min, 0);
        most.intoArray(max, 0);
        sumOfW.intoArray(sumW, 0);
        sumOfX.intoArray(sumX, 0);
    }

    private void begin() {
        divide(tries.top());
        FloatVector.broadcast(FLOAT, 1).div(load(inverse, 0)).intoArray(scale, 0);
        load(inverse, 0).intoArray(bestInverse, 0);
        load(min, 0).intoArray(bestMin, 0);
        quantize(inverse, min);
        error(scale, min, error);
    }

    private void divide(float levels) {
        FloatVector width = load(max, 0).sub(load(min, 0));
        FloatVector.broadcast(FLOAT, levels).div(width).intoArray(inverse, 0);
    }

    /** Levels, and their weighted sums. */
    private void quantize(float[] inverse, float[] min) {
        FloatVector factor = load(inverse, 0);
        FloatVector offset = load(min, 0);
        FloatVector ofL = FloatVector.zero(FLOAT);
        FloatVector ofL2 = ofL;
        FloatVector ofXL = ofL;
        int top = tries.top();
        for (int i = 0; i < numbers.length; i += LANES) {
            FloatVector x = load(numbers, i);
            FloatVector level = SimdGroups.level(factor.mul(x.sub(offset)), 0, top);
            FloatVector weighted = load(weights, i).mul(level);
            ofL = ofL.add(weighted);
            ofL2 = ofL2.add(weighted.mul(level));
            ofXL = ofXL.add(weighted.mul(x));
            level.intoArray(trial, i);
        }
        ofL.intoArray(sumL, 0);
        ofL2.intoArray(sumL2, 0);
        ofXL.intoArray(sumXL, 0);
    }

    /** A line through the levels. */
    private void fit() {
        FloatVector ofW = load(sumW, 0);
        FloatVector ofX = load(sumX, 0);
        FloatVector ofL = load(sumL, 0);
        FloatVector ofL2 = load(sumL2, 0);
        FloatVector ofXL = load(sumXL, 0);
        FloatVector divisor = ofW.mul(ofL2).sub(ofL.mul(ofL));
        FloatVector slope = ofW.mul(ofXL).sub(ofX.mul(ofL)).div(divisor);
        FloatVector start = ofL2.mul(ofX).sub(ofL.mul(ofXL)).div(divisor);
        VectorMask<Float> above = start.compare(VectorOperators.GT, 0);
        slope.blend(ofXL.div(ofL2), above).intoArray(fittedScale, 0);
        start.blend(0, above).intoArray(fittedMin, 0);
        divisor.intoArray(determinant, 0);
    }

    private void error(float[] scale, float[] min, float[] error) {
        FloatVector slope = load(scale, 0);
        FloatVector start = load(min, 0);
        FloatVector sum = FloatVector.zero(FLOAT);
        boolean absolute = tries.absolute();
        for (int i = 0; i < numbers.length; i += LANES) {
            FloatVector difference = slope.mul(load(trial, i)).add(start).sub(load(numbers, i));
            FloatVector loss = absolute ? difference.abs() : difference.mul(difference);
            sum = sum.add(load(weights, i).mul(loss));
        }
        sum.intoArray(error, 0);
    }

    private void keepBetter() {
        VectorMask<Float> better =
                load(fittedError, 0).lt(load(error, 0)).and(load(determinant, 0).compare(VectorOperators.GT, 0));
        if (better.anyTrue()) {
            replace(bestInverse, inverse, better);
            replace(bestMin, min, better);
            replace(error, fittedError, better);
            replace(scale, fittedScale, better);
            replace(min, fittedMin, better);
        }
    }
}
