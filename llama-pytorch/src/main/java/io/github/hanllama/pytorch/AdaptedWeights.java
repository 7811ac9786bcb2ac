package io.github.hanllama.pytorch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.engine.support.LowRank;
import io.github.hanllama.core.engine.support.RowWeights;
import java.util.ArrayList;
import java.util.List;

/**
 * A model's weights as rows with adapters see them, for one pass. What adapters make of a matrix lies in a list: the matrix
 * that takes its place and the factors of its rows, both empty where there are none, then a, b and scale of each pair. All
 * lists are one, with the place where each begins.
 */
final class AdaptedWeights {
    /** Matrices of a layer that adapters know, in the order of {@link #MODULES}. */
    static final int SLOTS = 7;

    private static final List<Module> MODULES = List.of(
            Module.Q_PROJ,
            Module.K_PROJ,
            Module.V_PROJ,
            Module.O_PROJ,
            Module.GATE_PROJ,
            Module.UP_PROJ,
            Module.DOWN_PROJ);

    private final TorchModel model;
    private final Script script;
    private final TorchScope scope;
    private final RowWeights<TorchMatrix> weights;

    /** @param script that takes adapters, for the phase of the rows */
    AdaptedWeights(TorchModel model, Script script, TorchScope scope, RowWeights<TorchMatrix> weights) {
        this.model = model;
        this.script = script;
        this.scope = scope;
        this.weights = weights;
    }

    IValue embed(IValue ids) {
        Changes changes = new Changes(List.of(TensorNames.EMBED_TOKENS));
        return script.run("embed", model.embedding(), ids, changes.tensors(), changes.places());
    }

    IValue layers(int segment, IValue x, IValue caches, IValue angles, IValue starts, IValue sizes) {
        Changes changes = new Changes(names(model.plan().segments().get(segment)));
        IValue tensors = scope.list(vectors(segment));
        return script.run(
                "layers",
                tensors,
                model.packed(segment),
                x,
                caches,
                angles,
                starts,
                sizes,
                changes.tensors(),
                changes.places());
    }

    IValue project(IValue hidden, IValue first, IValue count) {
        Changes changes = new Changes(List.of(TensorNames.LM_HEAD));
        return script.run(
                "project", model.head(), model.packedHead(), hidden, first, count, changes.tensors(), changes.places());
    }

    /** Final norm and head. */
    IValue head() {
        List<PtNDArray> tensors = new ArrayList<>(model.weights().head());
        String device = model.plan().lastDevice();
        tensors.set(0, vector(device, tensors.getFirst(), List.of(TensorNames.NORM)));
        return scope.list(tensors);
    }

    private static List<String> names(TorchPlan.Segment segment) {
        List<String> names = new ArrayList<>();
        for (int layer = segment.from(); layer < segment.to(); layer++) {
            for (Module module : MODULES) {
                names.add(TensorNames.weight(layer, module));
            }
        }
        return names;
    }

    /** The tensors of a segment with norms and biases as they are for these rows. */
    private List<PtNDArray> vectors(int segment) {
        List<PtNDArray> tensors = new ArrayList<>(model.weights().segments().get(segment));
        String device = model.plan().segments().get(segment).device();
        model.weights()
                .vectors(segment)
                .forEach((index, names) -> tensors.set(index, vector(device, tensors.get(index), names)));
        return tensors;
    }

    /** Vectors that lie one after the other, or the model's own where nothing changes them. */
    private PtNDArray vector(String device, PtNDArray base, List<String> names) {
        List<float[]> parts = new ArrayList<>();
        boolean changed = false;
        for (String name : names) {
            float[] stored = model.weights().vector(name);
            parts.add(weights.vector(name, stored));
            changed |= parts.getLast() != stored;
        }
        return changed ? model.weights().vector(scope, device, names, parts) : base;
    }

    /** What is to be done with some matrices. */
    private final class Changes {
        private final PtNDArray nothing = scope.floats(new float[0], 0);
        private final List<PtNDArray> tensors = new ArrayList<>();
        private final long[] places;

        Changes(List<String> names) {
            places = new long[names.size() + 1];
            for (int i = 0; i < names.size(); i++) {
                add(names.get(i));
                places[i + 1] = tensors.size();
            }
        }

        private void add(String name) {
            if (!weights.changes(name)) {
                return;
            }
            TorchMatrix base = model.weights().matrix(name);
            TorchMatrix matrix = weights.matrix(name, base);
            tensors.add(matrix == base ? nothing : matrix.tensor());
            float[] factors = weights.rowScale(name);
            tensors.add(factors.length == 0 ? nothing : scope.floats(factors, factors.length));
            for (LowRank<TorchMatrix> pair : weights.pairs(name)) {
                tensors.add(pair.a().tensor());
                tensors.add(pair.b().tensor());
                tensors.add(scale(pair));
            }
        }

        private PtNDArray scale(LowRank<TorchMatrix> pair) {
            float[] scale = pair.rowScale().length == 0
                    ? new float[] {1}
                    : pair.rowScale().clone();
            for (int i = 0; i < scale.length; i++) {
                scale[i] *= pair.scale();
            }
            return scope.floats(scale, scale.length);
        }

        IValue tensors() {
            return scope.list(tensors);
        }

        IValue places() {
            return scope.list(places);
        }
    }
}
