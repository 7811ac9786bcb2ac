package io.github.hanllama.core.engine.hybrid;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.support.KvPart;
import io.github.hanllama.core.engine.support.KvStorage;

/**
 * Keys and values in either engine's storage, each as far as it has them: one of them has all. What the other lacks is copied
 * when it is needed, so a prompt goes over once, after its last chunk.
 */
final class HybridStorage<P extends KvStorage, G extends KvStorage> implements KvStorage {
    /** Positions copied at a time. */
    private static final int RUN = 256;

    private final LlamaConfig config;
    private final Side<P> prompts;
    private final Side<G> generated;

    HybridStorage(LlamaConfig config, P prompts, G generated) {
        this.config = config;
        this.prompts = new Side<>(prompts);
        this.generated = new Side<>(generated);
    }

    /** A storage and how many of its first positions are right. */
    static final class Side<S extends KvStorage> {
        private final S storage;
        private int filled;

        private Side(S storage) {
            this.storage = storage;
        }

        S storage() {
            return storage;
        }

        int filled() {
            return filled;
        }

        void filled(int positions) {
            filled = positions;
        }
    }

    Side<P> prompts() {
        return prompts;
    }

    Side<G> generated() {
        return generated;
    }

    /** Makes that side ready to go on at that position: what lay behind counts no longer. */
    void begin(Side<?> side, int start) {
        prompts.filled = Math.min(prompts.filled, start);
        generated.filled = Math.min(generated.filled, start);
        Side<?> other = side == prompts ? generated : prompts;
        if (side.filled < start) {
            copy(other.storage, side.storage, side.filled, start);
            side.filled = start;
        }
    }

    private void copy(KvStorage from, KvStorage to, int first, int end) {
        float[] values = new float[RUN * config.headDim()];
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (KvPart part : KvPart.values()) {
                for (int head = 0; head < config.numKeyValueHeads(); head++) {
                    for (int at = first; at < end; at += RUN) {
                        int next = Math.min(end, at + RUN);
                        from.read(layer, part, head, at, next, values);
                        to.write(layer, part, head, at, next, values);
                    }
                }
            }
        }
    }

    @Override
    public void read(int layer, KvPart part, int head, int from, int to, float[] values) {
        KvStorage whole = generated.filled >= to ? generated.storage : prompts.storage;
        whole.read(layer, part, head, from, to, values);
    }

    /** To the sides that the positions continue; the other one catches up later. */
    @Override
    public void write(int layer, KvPart part, int head, int from, int to, float[] values) {
        write(prompts, layer, part, head, from, to, values);
        write(generated, layer, part, head, from, to, values);
    }

    private static void write(Side<?> side, int layer, KvPart part, int head, int from, int to, float[] values) {
        if (side.filled >= from) {
            side.storage.write(layer, part, head, from, to, values);
            side.filled = Math.max(side.filled, to);
        }
    }

    @Override
    public void free() {
        prompts.storage.free();
        generated.storage.free();
    }
}
