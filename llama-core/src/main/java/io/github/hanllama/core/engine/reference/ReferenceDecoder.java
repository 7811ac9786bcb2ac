package io.github.hanllama.core.engine.reference;

import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.Output;
import io.github.hanllama.core.engine.RotaryEmbedding;
import io.github.hanllama.core.engine.support.AdapterStore;
import io.github.hanllama.core.engine.support.Decoder;
import io.github.hanllama.core.engine.support.KvPart;
import io.github.hanllama.core.engine.support.PassRow;
import io.github.hanllama.core.engine.support.RowWeights;
import io.github.hanllama.quant.DType;
import java.util.List;

/**
 * A LLaMA decoder, one token after the other: the specification. Values between operations are f32; every sum is
 * accumulated in f64, index ascending, and rounded once, so results are within a rounding of exact and depend on nothing
 * but the row's own ids. Exponentials and angles use {@link StrictMath}: the same bits on every machine.
 */
final class ReferenceDecoder implements Decoder<ReferenceStorage, float[][]> {
    private final LlamaConfig config;
    private final ReferenceWeights weights;
    private final RotaryEmbedding rotary;
    private final DType kvType;

    /** @param kvType what keys and values are rounded to */
    ReferenceDecoder(LlamaConfig config, ReferenceWeights weights, DType kvType) {
        this.config = config;
        this.weights = weights;
        this.kvType = kvType;
        this.rotary = RotaryEmbedding.of(config);
    }

    @Override
    public void run(List<PassRow<ReferenceStorage, float[][]>> rows) {
        for (PassRow<ReferenceStorage, float[][]> row : rows) {
            try {
                run(row);
            } catch (RuntimeException e) {
                row.fail(e);
            }
        }
    }

    private void run(PassRow<ReferenceStorage, float[][]> row) {
        for (int i = 0; i < row.size(); i++) {
            if (!row.active()) {
                return;
            }
            float[] x = token(row, i);
            if (row.output(i) != Output.NONE) {
                float[] hidden = rmsNorm(x, row.weights().vector(TensorNames.NORM, weights.norm));
                row.emit(i, row.output(i) == Output.LOGITS ? weights.lmHead.apply(hidden, row.weights()) : hidden);
            }
        }
        row.complete();
    }

    /** The residual stream after the last layer, (hiddenSize). */
    private float[] token(PassRow<ReferenceStorage, float[][]> row, int i) {
        Attention attention = new Attention(row, i);
        float[] x = weights.embedTokens.row(row.id(i), row.weights());
        for (int layer = 0; layer < weights.layers.size(); layer++) {
            ReferenceWeights.Layer w = weights.layers.get(layer);
            float[] before = row.weights().vector(layer, Module.INPUT_LAYERNORM, w.inputLayernorm);
            add(x, attention.apply(w, layer, rmsNorm(x, before)));
            float[] between = row.weights().vector(layer, Module.POST_ATTENTION_LAYERNORM, w.postAttentionLayernorm);
            add(x, mlp(w, rmsNorm(x, between), row.weights()));
        }
        return x;
    }

    /** What one position pays attention to: itself and all before it. */
    private final class Attention {
        private final ReferenceStorage cache;
        private final RowWeights<float[][]> adapted;
        private final RotaryEmbedding rotary;
        private final int position;
        private final float[] cos;
        private final float[] sin;

        Attention(PassRow<ReferenceStorage, float[][]> row, int i) {
            cache = row.storage();
            adapted = row.weights();
            rotary = adapted.rotary(ReferenceDecoder.this.rotary);
            position = row.position(i);
            cos = new float[rotary.width()];
            sin = new float[rotary.width()];
            rotary.fill(position, row.sequenceLength(i), cos, sin, 0);
        }

        float[] apply(ReferenceWeights.Layer w, int layer, float[] x) {
            float[] queries = rotated(w.qProj.apply(x, adapted)); // (numAttentionHeads * headDim)
            cache.put(layer, KvPart.KEYS, position, rotated(w.kProj.apply(x, adapted)));
            cache.put(layer, KvPart.VALUES, position, w.vProj.apply(x, adapted));
            float[] mixed = new float[queries.length];
            for (int head = 0; head < config.numAttentionHeads(); head++) {
                mix(layer, head, scores(layer, head, queries), mixed);
            }
            return w.oProj.apply(mixed, adapted);
        }

        private float[] rotated(float[] heads) {
            for (int offset = 0; offset < heads.length; offset += config.headDim()) {
                rotary.rotate(heads, offset, cos, sin, 0);
            }
            return heads;
        }

        /** How much of each position goes into the result. */
        private float[] scores(int layer, int head, float[] queries) {
            int query = head * config.headDim();
            int shared = head / config.numKeyValueGroups() * config.headDim();
            float[] scores = new float[position + 1];
            for (int t = 0; t <= position; t++) {
                float[] key = cache.row(layer, KvPart.KEYS, t);
                double dot = 0;
                for (int d = 0; d < config.headDim(); d++) {
                    dot += (double) queries[query + d] * key[shared + d];
                }
                scores[t] = (float) (dot / Math.sqrt(config.headDim()));
            }
            return softmax(scores);
        }

        private void mix(int layer, int head, float[] scores, float[] mixed) {
            int query = head * config.headDim();
            int shared = head / config.numKeyValueGroups() * config.headDim();
            double[] sums = new double[config.headDim()];
            for (int t = 0; t <= position; t++) {
                float[] value = cache.row(layer, KvPart.VALUES, t);
                for (int d = 0; d < sums.length; d++) {
                    sums[d] += (double) scores[t] * value[shared + d];
                }
            }
            for (int d = 0; d < sums.length; d++) {
                mixed[query + d] = (float) sums[d];
            }
        }
    }

    private static float[] mlp(ReferenceWeights.Layer w, float[] x, RowWeights<float[][]> row) {
        float[] gate = w.gateProj.apply(x, row);
        float[] up = w.upProj.apply(x, row);
        for (int i = 0; i < gate.length; i++) {
            float silu = (float) (gate[i] / (1 + StrictMath.exp(-gate[i])));
            gate[i] = silu * up[i];
        }
        return w.downProj.apply(gate, row);
    }

    private float[] rmsNorm(float[] x, float[] weight) {
        double squares = 0;
        for (float value : x) {
            squares += (double) value * value;
        }
        float scale = (float) (1 / Math.sqrt(squares / x.length + config.rmsNormEps()));
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = weight[i] * (x[i] * scale);
        }
        return y;
    }

    private static float[] softmax(float[] scores) {
        float max = Float.NEGATIVE_INFINITY;
        for (float score : scores) {
            max = Math.max(max, score);
        }
        double sum = 0;
        for (int t = 0; t < scores.length; t++) {
            scores[t] = (float) StrictMath.exp(scores[t] - max);
            sum += scores[t];
        }
        for (int t = 0; t < scores.length; t++) {
            scores[t] = (float) (scores[t] / sum);
        }
        return scores;
    }

    private static void add(float[] x, float[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }

    @Override
    public DType storedType() {
        return kvType;
    }

    @Override
    public long bytesPerPosition() {
        return 2L * Float.BYTES * config.numHiddenLayers() * config.keyValueWidth();
    }

    @Override
    public ReferenceStorage newStorage(int capacity) {
        return new ReferenceStorage(config, kvType);
    }

    @Override
    public AdapterStore<float[][]> newAdapterStore() {
        return new ReferenceAdapterStore(weights);
    }

    @Override
    public void copy(ReferenceStorage from, ReferenceStorage to, int length) {
        to.copyFrom(from, length);
    }

    /** Nothing to free: the weights go with the last reference to this. */
    @Override
    public void close() {}
}
