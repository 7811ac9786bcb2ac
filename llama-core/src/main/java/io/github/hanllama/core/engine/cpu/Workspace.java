package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.config.LlamaConfig;

/** Activations of up to so many tokens, reused from pass to pass. */
final class Workspace {
    final int tokens;
    final float[] residual; // (tokens, hiddenSize)
    final float[] delta; // (tokens, hiddenSize), what a block adds
    final float[] normed; // (tokens, hiddenSize)
    final float[] queries; // (tokens, queryWidth)
    final float[] keys; // (tokens, keyValueWidth)
    final float[] values; // (tokens, keyValueWidth)
    final float[] mixed; // (tokens, queryWidth)
    final float[] gate; // (tokens, intermediateSize)
    final float[] up; // (tokens, intermediateSize)
    final ChunkInput hiddenInput; // of hiddenSize
    final ChunkInput queryInput; // of queryWidth
    final ChunkInput innerInput; // of intermediateSize
    final float[] cos; // (tokens, headDim / 2)
    final float[] sin; // (tokens, headDim / 2)

    Workspace(LlamaConfig config, int tokens, boolean exact) {
        this.tokens = tokens;
        residual = new float[tokens * config.hiddenSize()];
        delta = new float[tokens * config.hiddenSize()];
        normed = new float[tokens * config.hiddenSize()];
        queries = new float[tokens * config.queryWidth()];
        keys = new float[tokens * config.keyValueWidth()];
        values = new float[tokens * config.keyValueWidth()];
        mixed = new float[tokens * config.queryWidth()];
        gate = new float[tokens * config.intermediateSize()];
        up = new float[tokens * config.intermediateSize()];
        hiddenInput = new ChunkInput(config.hiddenSize(), exact);
        queryInput = new ChunkInput(config.queryWidth(), exact);
        innerInput = new ChunkInput(config.intermediateSize(), exact);
        cos = new float[tokens * config.headDim() / 2];
        sin = new float[tokens * config.headDim() / 2];
    }

    /** Bytes that many tokens take, their copies in {@link ChunkInput} included. */
    static long byteSize(LlamaConfig config, int tokens) {
        long hidden = 4L * config.hiddenSize();
        long attention = 3L * config.queryWidth() + 2L * config.keyValueWidth() + config.headDim();
        long inner = 3L * config.intermediateSize();
        return Float.BYTES * tokens * (hidden + attention + inner);
    }
}
