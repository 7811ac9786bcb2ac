package io.github.hanllama.pytorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.Output;
import io.github.hanllama.core.engine.RotaryEmbedding;
import io.github.hanllama.core.engine.support.KvPart;
import io.github.hanllama.core.engine.support.LowRank;
import io.github.hanllama.core.engine.support.PassRow;
import io.github.hanllama.core.engine.support.RowWeights;
import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive ids of one row on their way through the layers. A result belongs to what its first operand belongs to, so
 * that is what this pass owns; views of weights and caches are taken over at once.
 */
final class EagerPass {
    private final LlamaConfig config;
    private final EagerWeights weights;
    private final TorchScope scope;
    private final PassRow<EagerStorage, NDArray> row;
    private final RowWeights<NDArray> adapted;
    private final int from;
    private final int tokens;
    private final NDArray cos; // (tokens, 1, headDim)
    private final NDArray sin;
    private final NDArray mask; // (tokens, positions): what is added to scores

    EagerPass(
            LlamaConfig config,
            EagerWeights weights,
            RotaryEmbedding rotary,
            TorchScope scope,
            PassRow<EagerStorage, NDArray> row,
            int from,
            int to) {
        this.config = config;
        this.weights = weights;
        this.scope = scope;
        this.row = row;
        this.adapted = row.weights();
        this.from = from;
        this.tokens = to - from;
        float[][] angles = angles(adapted.rotary(rotary));
        this.cos = scope.floats(angles[0], tokens, 1, config.headDim());
        this.sin = scope.floats(angles[1], tokens, 1, config.headDim());
        this.mask = mask();
    }

    /** What is wanted of each id of which something is. */
    List<float[]> outputs() {
        NDArray x = embed();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            x = x.add(attention(layer, norm(x, TensorNames.weight(layer, Module.INPUT_LAYERNORM))));
            x = x.add(mlp(layer, norm(x, TensorNames.weight(layer, Module.POST_ATTENTION_LAYERNORM))));
        }
        List<float[]> outputs = new ArrayList<>();
        for (int i = 0; i < tokens; i++) {
            Output wanted = row.output(from + i);
            if (wanted != Output.NONE) {
                NDArray hidden = norm(x.get(new NDIndex("{}:{}", i, i + 1)), TensorNames.NORM);
                outputs.add((wanted == Output.LOGITS ? logits(hidden) : hidden).toFloatArray());
            }
        }
        return outputs;
    }

    private NDArray logits(NDArray hidden) {
        return product(hidden, TensorNames.LM_HEAD);
    }

    /** (tokens, hiddenSize). */
    private NDArray embed() {
        String name = TensorNames.EMBED_TOKENS;
        long[] ids = new long[tokens];
        for (int i = 0; i < tokens; i++) {
            ids[i] = row.id(from + i);
        }
        NDIndex some = new NDIndex("{}", scope.ids(ids));
        NDArray x = own(adapted.matrix(name, weights.matrix(name)).get(some));
        float[] factors = adapted.rowScale(name);
        if (factors.length > 0) {
            x = x.mul(vector(factors).get(some).reshape(-1, 1));
        }
        for (LowRank<NDArray> pair : adapted.pairs(name)) {
            NDArray sum = own(pair.b().get(some)).matMul(pair.a()).mul(pair.scale());
            x = x.add(
                    pair.rowScale().length == 0
                            ? sum
                            : sum.mul(vector(pair.rowScale()).get(some).reshape(-1, 1)));
        }
        return x;
    }

    private NDArray norm(NDArray x, String name) {
        NDArray mean = x.square().mean(new int[] {1}, true);
        return x.div(mean.add(config.rmsNormEps()).sqrt()).mul(vector(adapted.vector(name, weights.vector(name))));
    }

    private NDArray attention(int layer, NDArray x) {
        NDArray q = rotate(heads(product(x, layer, Module.Q_PROJ)));
        EagerStorage cache = row.storage();
        int start = row.position(from);
        cache.put(layer, KvPart.KEYS, start, rotate(heads(product(x, layer, Module.K_PROJ))));
        cache.put(layer, KvPart.VALUES, start, heads(product(x, layer, Module.V_PROJ)));
        NDArray keys = own(cache.first(layer, KvPart.KEYS, start + tokens)); // (kvHeads, positions, headDim)
        NDArray values = own(cache.first(layer, KvPart.VALUES, start + tokens));
        Shape grouped = new Shape(config.numKeyValueHeads(), config.numKeyValueGroups(), tokens, start + tokens);
        NDArray scores = groups(q).matMul(keys.transpose(0, 2, 1)).div(Math.sqrt(config.headDim()));
        NDArray shares = scores.reshape(grouped).add(mask).softmax(-1);
        NDArray mixed = shares.reshape(scores.getShape()).matMul(values);
        return product(together(mixed), layer, Module.O_PROJ);
    }

    /** (tokens, width) as (tokens, heads, headDim). */
    private NDArray heads(NDArray x) {
        return x.reshape(tokens, -1, config.headDim());
    }

    /** Queries by the head of keys they share, (kvHeads, groups * tokens, headDim). */
    private NDArray groups(NDArray q) {
        return q.reshape(tokens, config.numKeyValueHeads(), config.numKeyValueGroups(), config.headDim())
                .transpose(1, 2, 0, 3)
                .reshape(config.numKeyValueHeads(), -1, config.headDim());
    }

    /** The way back, (tokens, width). */
    private NDArray together(NDArray mixed) {
        return mixed.reshape(config.numKeyValueHeads(), config.numKeyValueGroups(), tokens, config.headDim())
                .transpose(2, 0, 1, 3)
                .reshape(tokens, -1);
    }

    private NDArray rotate(NDArray x) {
        int half = config.headDim() / 2;
        NDArray first = x.get(new NDIndex("..., :{}", half));
        NDArray second = x.get(new NDIndex("..., {}:", half));
        NDArray turned = NDArrays.concat(new NDList(second.neg(), first), -1);
        return x.mul(cos).add(turned.mul(sin));
    }

    private NDArray mlp(int layer, NDArray x) {
        NDArray gate = product(x, layer, Module.GATE_PROJ);
        NDArray silu = gate.div(gate.neg().exp().add(1));
        return product(silu.mul(product(x, layer, Module.UP_PROJ)), layer, Module.DOWN_PROJ);
    }

    private NDArray product(NDArray x, int layer, Module module) {
        NDArray y = product(x, TensorNames.weight(layer, module));
        String bias = TensorNames.bias(layer, module);
        float[] added = adapted.vector(bias, weights.vector(bias));
        return added.length == 0 ? y : y.add(vector(added));
    }

    /** With what adapters make of the matrix. */
    private NDArray product(NDArray x, String name) {
        NDArray y = times(x, adapted.matrix(name, weights.matrix(name)));
        float[] factors = adapted.rowScale(name);
        if (factors.length > 0) {
            y = y.mul(vector(factors));
        }
        for (LowRank<NDArray> pair : adapted.pairs(name)) {
            NDArray outer = times(times(x, pair.a()), pair.b()).mul(pair.scale());
            y = y.add(pair.rowScale().length == 0 ? outer : outer.mul(vector(pair.rowScale())));
        }
        return y;
    }

    /** With a matrix (out, in). */
    private NDArray times(NDArray x, NDArray matrix) {
        return x.matMul(own(matrix.transpose()));
    }

    private NDArray vector(float[] values) {
        return scope.floats(values, values.length);
    }

    private NDArray own(NDArray view) {
        view.attach(scope.manager());
        return view;
    }

    private float[][] angles(RotaryEmbedding rotary) {
        int half = rotary.width();
        float[][] angles = new float[2][tokens * 2 * half];
        float[] cosines = new float[half];
        float[] sines = new float[half];
        for (int i = 0; i < tokens; i++) {
            rotary.fill(row.position(from + i), row.sequenceLength(from + i), cosines, sines, 0);
            for (int copy = 0; copy < 2; copy++) {
                System.arraycopy(cosines, 0, angles[0], (2 * i + copy) * half, half);
                System.arraycopy(sines, 0, angles[1], (2 * i + copy) * half, half);
            }
        }
        return angles;
    }

    private NDArray mask() {
        int end = row.position(from) + tokens;
        float[] hidden = new float[tokens * end];
        for (int i = 0; i < tokens; i++) {
            for (int position = end - tokens + i + 1; position < end; position++) {
                hidden[i * end + position] = Float.NEGATIVE_INFINITY;
            }
        }
        return scope.floats(hidden, tokens, end);
    }
}
