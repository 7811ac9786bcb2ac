package io.github.hanllama.cli;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.PriorityQueue;

/** How likely a model finds a sequence. */
final class Score {
    private final int length;
    private final double nll;
    private final float[] lastLogits;

    /**
     * @param length ids in the sequence
     * @param nll negative log likelihood in nats, summed over every id but the first
     * @param lastLogits after the last id
     */
    Score(int length, double nll, float[] lastLogits) {
        this.length = length;
        this.nll = nll;
        this.lastLogits = lastLogits;
    }

    double nll() {
        return nll;
    }

    /** Per predicted id; a single id predicts nothing. */
    OptionalDouble perplexity() {
        return length < 2 ? OptionalDouble.empty() : OptionalDouble.of(Math.exp(nll / (length - 1)));
    }

    float[] lastLogits() {
        return lastLogits;
    }

    /** The most likely next ids, best first, the lower id first among equals. */
    List<Integer> top(int count) {
        Comparator<Integer> worstFirst =
                Comparator.<Integer>comparingDouble(id -> lastLogits[id]).thenComparing(Comparator.reverseOrder());
        PriorityQueue<Integer> best = new PriorityQueue<>(worstFirst);
        for (int id = 0; id < lastLogits.length; id++) {
            best.add(id);
            if (best.size() > count) {
                best.remove();
            }
        }
        return best.stream().sorted(worstFirst.reversed()).toList();
    }
}
