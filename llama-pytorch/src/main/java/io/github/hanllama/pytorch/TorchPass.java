package io.github.hanllama.pytorch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;
import java.util.Optional;

/**
 * One chunk on its way through the model. What is wanted of it is computed when it is asked for: logits of all wanted tokens
 * in one call, where nothing stands against it.
 */
final class TorchPass implements AutoCloseable {
    private final TorchModel model;
    private final Torch torch;
    private final Chunk chunk;
    private final List<Chunk.Place> places;
    private final TorchScope scope;
    private final Script script;
    private final Optional<AdaptedWeights> adapted;
    private Optional<PtNDArray> hidden = Optional.empty(); // after the final norm, (places, hiddenSize)

    TorchPass(TorchModel model, Chunk chunk, List<Chunk.Place> places) {
        this.model = model;
        this.torch = model.torch();
        this.chunk = chunk;
        this.places = places;
        this.scope = torch.newScope();
        this.script = model.script(chunk.phase());
        this.adapted = chunk.weights().adapted()
                ? Optional.of(new AdaptedWeights(model, model.adapted(chunk.phase()), scope, chunk.weights()))
                : Optional.empty();
    }

    /** Computes all but the logits, if that has not been done. */
    void run() {
        if (hidden.isEmpty()) {
            hidden = Optional.of(torch.call(this::layers));
        }
    }

    /** Hidden states of some of the wanted places. */
    float[] hidden(int first, int count) {
        run();
        return torch.call(call -> call.tensor(
                        script.run("floats", call.value(hidden.orElseThrow()), call.value(first), call.value(count)))
                .toFloatArray());
    }

    /** Logits of some of the wanted places, one row each. */
    float[] logits(int first, int count) {
        if (hidden.isEmpty()
                && adapted.isEmpty()
                && count == places.size()
                && model.segments().size() == 1) {
            return torch.call(this::forward);
        }
        run();
        return torch.call(call -> project(call, call.value(hidden.orElseThrow()), first, count));
    }

    private float[] forward() {
        Inputs in = new Inputs();
        return scope.tensor(script.run(
                        "forward",
                        model.embedding(),
                        model.segments().getFirst(),
                        model.packed(0),
                        model.head(),
                        model.packedHead(),
                        in.ids,
                        in.caches(0),
                        in.angles,
                        in.starts,
                        in.sizes,
                        in.wanted))
                .toFloatArray();
    }

    private PtNDArray layers() {
        Inputs in = new Inputs();
        IValue x = scope.own(
                adapted.isPresent() ? adapted.get().embed(in.ids) : script.run("embed", model.embedding(), in.ids));
        for (int i = 0; i < model.segments().size(); i++) {
            x = scope.own(
                    adapted.isPresent()
                            ? adapted.get().layers(i, x, in.caches(i), in.angles, in.starts, in.sizes)
                            : script.run(
                                    "layers",
                                    model.segments().get(i),
                                    model.packed(i),
                                    x,
                                    in.caches(i),
                                    in.angles,
                                    in.starts,
                                    in.sizes));
        }
        IValue head = adapted.isPresent() ? adapted.get().head() : model.head();
        return scope.tensor(script.run("head", head, x, in.wanted));
    }

    private float[] project(TorchScope call, IValue from, int first, int count) {
        IValue at = call.value(first);
        IValue many = call.value(count);
        return call.tensor(
                        adapted.isPresent()
                                ? adapted.get().project(from, at, many)
                                : script.run("project", model.head(), model.packedHead(), from, at, many))
                .toFloatArray();
    }

    /** The chunk as scripts take it. */
    private final class Inputs {
        private final IValue ids = scope.value(scope.ids(chunk.ids()));
        private final IValue angles = scope.value(scope.floats(
                chunk.angles(chunk.weights().rotary(model.rotary())),
                2,
                chunk.tokens(),
                1,
                model.config().headDim()));
        private final IValue starts = scope.list(chunk.starts());
        private final IValue sizes = scope.list(chunk.sizes());
        private final IValue wanted = scope.value(
                scope.ids(places.stream().mapToLong(Chunk.Place::token).toArray()));

        IValue caches(int segment) {
            return scope.list(chunk.runs().stream()
                    .map(run -> run.row().storage().tensors().get(segment))
                    .toList());
        }
    }

    @Override
    public void close() {
        torch.run(scope::close);
    }
}
