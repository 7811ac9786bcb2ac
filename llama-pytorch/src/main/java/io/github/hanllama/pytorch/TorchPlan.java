package io.github.hanllama.pytorch;

import io.github.hanllama.core.engine.Phase;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a model runs and in what.
 *
 * @param type of matrices
 * @param products how they are multiplied, except with prompts
 * @param halfBlock rows of half a block of {@link TorchType#INT4}
 * @param cacheType of keys and values
 * @param segments consecutive layers, together all of them
 */
record TorchPlan(TorchType type, MatrixScript products, int halfBlock, TorchType cacheType, List<Segment> segments) {
    TorchPlan {
        segments = List.copyOf(segments);
    }

    /** How tokens of a phase are multiplied. */
    MatrixScript products(Phase phase) {
        return phase == Phase.PROMPT ? products.ofPrompts() : products;
    }

    /** Layers {@code from} (inclusive) to {@code to} (exclusive) on one device. */
    record Segment(String device, int from, int to) {
        int layers() {
            return to - from;
        }

        boolean holds(int layer) {
            return layer >= from && layer < to;
        }
    }

    /** The index of the segment of a layer. */
    int segmentOf(int layer) {
        int index = 0;
        while (!segments.get(index).holds(layer)) {
            index++;
        }
        return index;
    }

    String firstDevice() {
        return segments.getFirst().device();
    }

    String lastDevice() {
        return segments.getLast().device();
    }

    /** For people. */
    String devices() {
        return segments.size() == 1
                ? firstDevice()
                : segments.stream()
                        .map(segment -> segment.layers() + " layers on " + segment.device())
                        .collect(Collectors.joining(", "));
    }
}
