package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.AttentionPart;
import io.github.hanllama.quant.AttentionQueries;
import io.github.hanllama.quant.HeadAttention;
import java.util.ArrayList;
import java.util.List;

/**
 * A chunk's attention as independent items. An item is a key-value head and a few queries of one row that share it; where
 * these are too few to keep the team busy, as when one token is generated, they are cut into spans of positions, whose
 * parts are then joined. What is cut never shows in a result.
 */
final class AttentionPlan {
    private static final int ITEMS_PER_MEMBER = 4;

    private final LlamaConfig config;
    private final Workspace work;
    private final List<Scratch> scratch;
    private final List<Group> groups = new ArrayList<>();
    private final List<Span> spans = new ArrayList<>(); // empty when nothing is cut

    AttentionPlan(LlamaConfig config, Chunk chunk, Workspace work, List<Scratch> scratch) {
        this.config = config;
        this.work = work;
        this.scratch = scratch;
        for (Chunk.Run run : chunk.runs()) {
            int queries = run.size() * config.numKeyValueGroups();
            for (int first = 0; first < queries; first += AttentionQueries.MOST) {
                groups.add(new Group(run, first, Math.min(AttentionQueries.MOST, queries - first)));
            }
        }
        if (items() < ITEMS_PER_MEMBER * scratch.size()) {
            cut();
        }
    }

    /** Queries of one run, counted token by token. */
    private record Group(Chunk.Run run, int first, int count) {
        /** Positions that the last of them sees. */
        int positions(LlamaConfig config) {
            int token = (first + count - 1) / config.numKeyValueGroups();
            return run.row().position(run.firstId() + token) + 1;
        }
    }

    /** What one span adds to an item. */
    private record Span(int item, int index, AttentionPart part) {}

    /** What one thread needs. */
    static final class Scratch {
        private final HeadAttention attention;
        private final AttentionPart whole;
        private final AttentionQueries queries = new AttentionQueries();

        Scratch(LlamaConfig config) {
            attention = new HeadAttention(config.headDim());
            whole = new AttentionPart(AttentionQueries.MOST, config.headDim());
        }
    }

    private int items() {
        return groups.size() * config.numKeyValueHeads();
    }

    private void cut() {
        for (int item = 0; item < items(); item++) {
            Group group = group(item);
            int count = HeadAttention.spans(group.positions(config));
            for (int index = 0; index < count; index++) {
                spans.add(new Span(item, index, new AttentionPart(group.count, config.headDim())));
            }
        }
        if (spans.size() == items()) {
            spans.clear();
        }
    }

    /** Neighbours share a head, and what sees most comes first, so that it does not come last of all. */
    private Group group(int item) {
        return groups.get(groups.size() - 1 - item % groups.size());
    }

    private int head(int item) {
        return item / groups.size();
    }

    /** Computes all items of a layer. */
    void attend(Team team, int layer) {
        if (spans.isEmpty()) {
            team.forEach(items(), (member, item) -> attend(scratch.get(member), layer, item));
        } else {
            team.forEach(spans.size(), (member, span) -> attend(scratch.get(member), layer, spans.get(span)));
            team.forEach(items(), (member, item) -> join(scratch.get(member), item));
        }
    }

    private void attend(Scratch own, int layer, int item) {
        Group group = gather(own, item);
        own.attention.attend(group.run.row().storage().layer(layer), head(item), own.queries, work.queries, work.mixed);
    }

    private void attend(Scratch own, int layer, Span span) {
        Group group = gather(own, span.item);
        own.attention.attendSpan(
                group.run.row().storage().layer(layer),
                head(span.item),
                span.index,
                own.queries,
                work.queries,
                span.part);
    }

    /** The spans of an item are neighbours, ascending. */
    private void join(Scratch own, int item) {
        gather(own, item);
        own.whole.clear();
        for (Span span : spans) {
            if (span.item == item) {
                own.whole.join(span.part, own.queries.count());
            }
        }
        own.whole.finish(own.queries, work.mixed);
    }

    private Group gather(Scratch own, int item) {
        Group group = group(item);
        int firstHead = head(item) * config.numKeyValueGroups();
        own.queries.clear();
        for (int i = group.first; i < group.first + group.count; i++) {
            int token = i / config.numKeyValueGroups();
            int queryHead = firstHead + i % config.numKeyValueGroups();
            own.queries.add(
                    (group.run.firstToken() + token) * config.queryWidth() + queryHead * config.headDim(),
                    group.run.row().position(group.run.firstId() + token) + 1);
        }
        return group;
    }
}
