package io.github.hanllama.core.engine;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.RopeScaling;
import io.github.hanllama.core.config.RopeScaling.DynamicNtk;
import io.github.hanllama.core.config.RopeScaling.Linear;
import io.github.hanllama.core.config.RopeScaling.Llama3;
import io.github.hanllama.core.config.RopeScaling.None;
import io.github.hanllama.core.config.RopeScaling.Yarn;

/**
 * Inverse frequencies and the factor on cos and sin, as transformers computes them in f32
 * (https://github.com/huggingface/transformers/blob/v4.57.0/src/transformers/modeling_rope_utils.py): every step is
 * rounded to f32 where torch rounds it, powers are correctly rounded.
 */
final class RopeFrequencies {
    private final int headDim;
    private final double theta;

    private RopeFrequencies(LlamaConfig config) {
        headDim = config.headDim();
        theta = config.ropeTheta();
    }

    /** One frequency per pair of dimensions, for a sequence of that length. */
    static float[] inverse(LlamaConfig config, int sequenceLength) {
        RopeFrequencies rope = new RopeFrequencies(config);
        return switch (config.ropeScaling()) {
            case None none -> rope.unscaled(rope.theta);
            case Linear linear -> rope.linear(linear);
            case DynamicNtk dynamic -> rope.dynamicNtk(dynamic, sequenceLength);
            case Yarn yarn -> rope.yarn(yarn);
            case Llama3 llama3 -> rope.llama3(llama3);
        };
    }

    /** What cos and sin are multiplied by. */
    static float attentionScaling(RopeScaling scaling) {
        return scaling instanceof Yarn yarn ? (float) yarn.attentionFactor().orElseGet(() -> derived(yarn)) : 1;
    }

    private static double derived(Yarn yarn) {
        if (yarn.mscale() != 0 && yarn.mscaleAllDim() != 0) {
            return magnitude(yarn.factor(), yarn.mscale()) / magnitude(yarn.factor(), yarn.mscaleAllDim());
        }
        return magnitude(yarn.factor(), 1);
    }

    private static double magnitude(double factor, double mscale) {
        return factor <= 1 ? 1 : 0.1 * mscale * StrictMath.log(factor) + 1;
    }

    private float[] unscaled(double base) {
        float[] inverse = new float[headDim / 2];
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = 1 / power(base, i);
        }
        return inverse;
    }

    private float power(double base, int i) {
        return (float) StrictMath.pow((float) base, (float) (2 * i) / headDim);
    }

    private float[] linear(Linear scaling) {
        float[] inverse = unscaled(theta);
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] /= (float) scaling.factor();
        }
        return inverse;
    }

    private float[] dynamicNtk(DynamicNtk scaling, int sequenceLength) {
        int trained = scaling.originalMaxPositionEmbeddings();
        if (sequenceLength <= trained) {
            return unscaled(theta);
        }
        double stretch = scaling.factor() * sequenceLength / trained - (scaling.factor() - 1);
        return unscaled(theta * StrictMath.pow(stretch, (double) headDim / (headDim - 2)));
    }

    private float[] yarn(Yarn scaling) {
        double low = correctionDim(scaling.betaFast(), scaling.originalMaxPositionEmbeddings());
        double high = correctionDim(scaling.betaSlow(), scaling.originalMaxPositionEmbeddings());
        if (scaling.truncate()) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, headDim - 1);
        float span = (float) (low == high ? 0.001 : high - low); // never a division by zero
        float[] inverse = new float[headDim / 2];
        for (int i = 0; i < inverse.length; i++) {
            float frequency = power(theta, i);
            float kept = 1 - Math.clamp((i - (float) low) / span, 0f, 1f);
            inverse[i] = 1 / ((float) scaling.factor() * frequency) * (1 - kept) + 1 / frequency * kept;
        }
        return inverse;
    }

    /** The dimension that turns that often within the trained context. */
    private double correctionDim(double rotations, int trainedPositions) {
        return headDim * StrictMath.log(trainedPositions / (rotations * 2 * Math.PI)) / (2 * StrictMath.log(theta));
    }

    private float[] llama3(Llama3 scaling) {
        int trained = scaling.originalMaxPositionEmbeddings();
        float low = (float) scaling.lowFreqFactor();
        float high = (float) scaling.highFreqFactor();
        float factor = (float) scaling.factor();
        float[] inverse = unscaled(theta);
        for (int i = 0; i < inverse.length; i++) {
            float wavelength = (float) (2 * Math.PI) / inverse[i];
            if (wavelength > trained / low) {
                inverse[i] /= factor;
            } else if (wavelength >= trained / high) {
                float smooth = (trained / wavelength - low) / (high - low);
                inverse[i] = (1 - smooth) * inverse[i] / factor + smooth * inverse[i];
            }
        }
        return inverse;
    }
}
