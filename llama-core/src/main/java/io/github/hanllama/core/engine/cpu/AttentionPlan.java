package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.HeadAttention;
import java.util.ArrayList;
import java.util.List;

/**
 * A chunk's attention as independent items: a key-value head and a few queries of one row that share it, group by group
 * and token by token.
 */
final class AttentionPlan {
    private final LlamaConfig config;
    private final Workspace work;
    private final List<Scratch> scratch;
    private final List<Group> groups = new ArrayList<>();

    AttentionPlan(LlamaConfig config, Chunk chunk, Workspace work, List<Scratch> scratch) {
        this.config = config;
        this.work = work;
        this.scratch = scratch;
        for (Chunk.Run run : chunk.runs()) {
            int queries = run.size() * config.numKeyValueGroups();
            for (int first = 0; first < queries; first += HeadAttention.QUERIES) {
                groups.add(new Group(run, first, Math.min(HeadAttention.QUERIES, queries - first)));
            }
        }
    }

    /** Queries of one run, counted token by token. */
    private record Group(Chunk.Run run, int first, int count) {}

    /** What one thread needs. */
    static final class Scratch {
        private final HeadAttention attention = new HeadAttention();
        private final int[] at = new int[HeadAttention.QUERIES];
        private final int[] visible = new int[HeadAttention.QUERIES];
    }

    /** Items. */
    int size() {
        return groups.size() * config.numKeyValueHeads();
    }

    /** Computes one item. */
    void attend(int member, int layer, int item) {
        Group group = groups.get(item / config.numKeyValueHeads());
        int head = item % config.numKeyValueHeads();
        Scratch own = scratch.get(member);
        for (int i = 0; i < group.count; i++) {
            int token = (group.first + i) / config.numKeyValueGroups();
            int sharing = (group.first + i) % config.numKeyValueGroups();
            int queryHead = head * config.numKeyValueGroups() + sharing;
            own.at[i] = (group.run.firstToken() + token) * config.queryWidth() + queryHead * config.headDim();
            own.visible[i] = group.run.row().position(group.run.firstId() + token) + 1;
        }
        own.attention.attend(
                group.run.row().storage().layer(layer),
                head,
                group.count,
                work.queries,
                own.at,
                own.visible,
                work.mixed);
    }
}
