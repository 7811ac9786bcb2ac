package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.RotaryEmbedding;
import io.github.hanllama.core.engine.support.RowWeights;
import io.github.hanllama.quant.Activations;
import io.github.hanllama.quant.KvLayer;
import io.github.hanllama.quant.PackedMatrix;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes a chunk through the layers. Every method is one loop that the team shares, or a few; all values are f32 and every
 * result is a fixed sequence of operations, so neither the chunk nor the threads show in it.
 */
final class ChunkPass {
    private final LlamaConfig config;
    private final JavaWeights weights;
    private final RotaryEmbedding rotary;
    private final Team team;
    private final Workspace work;
    private final AttentionPlan attention;
    private final Chunk chunk;
    private final int tokens;
    private final PhaseTokens byPhase;
    private final List<AdaptedTokens> adapted;

    ChunkPass(JavaDecoder decoder, Workspace work, Chunk chunk) {
        this.config = decoder.config();
        this.weights = decoder.weights();
        this.rotary = decoder.rotary();
        this.team = decoder.team();
        this.work = work;
        this.chunk = chunk;
        this.tokens = chunk.tokens();
        this.byPhase = new PhaseTokens(chunk.phases());
        this.adapted = AdaptedTokens.of(chunk);
        this.attention = new AttentionPlan(config, chunk, work, decoder.scratch());
    }

    /** Fills the residual stream after the last layer, unless nobody waits for it any more. */
    void run() {
        team.forEach(tokens, (member, token) -> embed(token));
        for (int index = 0; index < weights.layers.size(); index++) {
            if (!chunk.active()) {
                return;
            }
            attend(index, weights.layers.get(index));
            mlp(index, weights.layers.get(index));
        }
    }

    private void embed(int token) {
        Chunk.Run run = chunk.run(token);
        int id = run.firstId() + token - run.firstToken();
        RowWeights<PackedMatrix> own = run.row().weights();
        Embedding.read(own, weights.embedTokens, run.row().id(id), work.residual, token * config.hiddenSize());
        own.rotary(rotary)
                .fill(run.row().position(id), run.row().sequenceLength(id), work.cos, work.sin, token * rotary.width());
    }

    private void attend(int index, JavaWeights.Layer layer) {
        work.hiddenInput.begin(byPhase, layer.qProj.weight(), layer.kProj.weight(), layer.vProj.weight());
        norm(index, Module.INPUT_LAYERNORM, layer.inputLayernorm);
        project(layer);
        team.forEach(tokens * config.numKeyValueHeads(), (member, item) -> store(index, item));
        attention.attend(team, index);
        work.queryInput.begin(byPhase, layer.oProj.weight());
        team.forEach(work.queryInput.tiles(), (member, tile) -> work.queryInput.pack(tile, work.mixed));
        addProduct(layer.oProj, work.mixed, work.queryInput);
    }

    private void mlp(int index, JavaWeights.Layer layer) {
        work.hiddenInput.begin(byPhase, layer.gateProj.weight(), layer.upProj.weight());
        norm(index, Module.POST_ATTENTION_LAYERNORM, layer.postAttentionLayernorm);
        List<AdaptedLinear> linears = adapt(work.normed, layer.gateProj, layer.upProj);
        work.innerInput.begin(byPhase, layer.downProj.weight());
        team.forEachRun(layer.gateProj.tiles(), (member, from, to) -> {
            linears.getFirst().apply(from, to, work.hiddenInput, work.gate);
            linears.getLast().apply(from, to, work.hiddenInput, work.up);
            int first = Linear.firstRow(from);
            int count = layer.gateProj.rows(from, to);
            for (int t = 0; t < tokens; t++) {
                Activations.swiGlu(work.gate, work.up, t * config.intermediateSize() + first, count);
            }
            work.innerInput.packColumns(first, first + count, work.gate);
        });
        addProduct(layer.downProj, work.gate, work.innerInput);
    }

    /** Norms the residual stream, as input of what reads it next. */
    private void norm(int layer, Module module, float[] weight) {
        int width = config.hiddenSize();
        team.forEach(work.hiddenInput.tiles(), (member, tile) -> {
            for (int t : work.hiddenInput.tokens(tile)) {
                float[] own = adapted.isEmpty()
                        ? weight
                        : chunk.run(t).row().weights().vector(layer, module, weight);
                Activations.rmsNorm(work.residual, t * width, own, config.rmsNormEps(), work.normed, t * width);
            }
            work.hiddenInput.pack(tile, work.normed);
        });
    }

    /** Queries, keys and values in one loop. */
    private void project(JavaWeights.Layer layer) {
        List<AdaptedLinear> linears = adapt(work.normed, layer.qProj, layer.kProj, layer.vProj);
        List<float[]> results = List.of(work.queries, work.keys, work.values);
        int tiles = layer.qProj.tiles() + layer.kProj.tiles() + layer.vProj.tiles();
        team.forEachRun(tiles, (member, from, to) -> {
            int first = 0; // tile of all three
            for (int i = 0; i < linears.size(); i++) {
                AdaptedLinear linear = linears.get(i);
                int own = Math.max(from - first, 0);
                int end = Math.min(to - first, linear.tiles());
                if (own < end) {
                    linear.apply(own, end, work.hiddenInput, results.get(i));
                }
                first += linear.tiles();
            }
        });
    }

    /** Rotates one key head of one token and the queries that share it, and stores key and value. */
    private void store(int layerIndex, int item) {
        int token = item / config.numKeyValueHeads();
        int head = item % config.numKeyValueHeads();
        int query = token * config.queryWidth() + head * config.numKeyValueGroups() * config.headDim();
        for (int i = 0; i < config.numKeyValueGroups(); i++) {
            rotate(work.queries, query + i * config.headDim(), token);
        }
        int key = token * config.keyValueWidth() + head * config.headDim();
        rotate(work.keys, key, token);
        Chunk.Run run = chunk.run(token);
        int position = run.row().position(run.firstId() + token - run.firstToken());
        KvLayer layer = run.row().storage().layer(layerIndex);
        layer.putKey(head, position, work.keys, key);
        layer.putValue(head, position, work.values, key);
    }

    private void rotate(float[] heads, int at, int token) {
        Activations.rotate(heads, at, rotary.width(), work.cos, work.sin, token * rotary.width());
    }

    /** Adds a product to the residual stream. */
    private void addProduct(Linear linear, float[] rows, ChunkInput x) {
        AdaptedLinear whole = adapt(rows, linear).getFirst();
        team.forEachRun(linear.tiles(), (member, from, to) -> {
            whole.apply(from, to, x, work.delta);
            for (int t = 0; t < tokens; t++) {
                int at = t * config.hiddenSize() + Linear.firstRow(from);
                Activations.add(work.residual, at, work.delta, at, linear.rows(from, to));
            }
        });
    }

    /** Linear layers with a common input, ready for their tiles. */
    private List<AdaptedLinear> adapt(float[] rows, Linear... linears) {
        List<AdaptedLinear> all = new ArrayList<>(linears.length);
        for (Linear linear : linears) {
            all.add(AdaptedLinear.of(linear, tokens, adapted));
        }
        if (!adapted.isEmpty()) {
            List<AdaptedPart> parts = all.stream().flatMap(AdaptedLinear::parts).toList();
            team.forEach(parts.size(), (member, item) -> parts.get(item).prepare(rows));
        }
        return all;
    }
}
