package io.github.hanllama.core.sampling;

import io.github.hanllama.core.error.BackendException;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The sampler of {@link SamplingOptions}. */
final class OptionsSampler implements Sampler {
    private final SamplingOptions options;
    private final SplitMix64 random;
    private final LogitBias bias;
    private final RepetitionPenalty repetition;
    private final CountPenalty counts;
    private final Candidates candidates = new Candidates();
    private final NavigableMap<Long, Mark> marks = new TreeMap<>();
    private long nextMark;

    private record Mark(int distinctIds, int writtenIds, long randomState) {}

    OptionsSampler(SamplingOptions options, SplitMix64 random) {
        this.options = options;
        this.random = random;
        bias = new LogitBias(options.logitBias());
        repetition = new RepetitionPenalty(options.repetitionPenalty());
        counts = new CountPenalty(options.frequencyPenalty(), options.presencePenalty());
    }

    @Override
    public int apply(float[] logits) {
        prepare(logits);
        return options.temperature() == 0 ? largest(logits) : candidates(logits).choose(random.nextDouble());
    }

    /** Everything that greedy sampling does, too. */
    void prepare(float[] logits) {
        bias.apply(logits);
        repetition.apply(logits);
        counts.apply(logits);
        requireChoice(logits);
    }

    /** What may be chosen and how likely each is. */
    Candidates candidates(float[] logits) {
        candidates.fill(logits);
        candidates.topK(options.topK());
        candidates.weigh(options.temperature());
        candidates.topP(options.topP());
        candidates.minP(options.minP());
        candidates.typicalP(options.typicalP());
        return candidates;
    }

    @Override
    public void acceptPrompt(int... ids) {
        for (int id : ids) {
            repetition.accept(id);
        }
    }

    @Override
    public void accept(int id) {
        repetition.accept(id);
        counts.accept(id);
    }

    @Override
    public long mark() {
        marks.put(nextMark, new Mark(repetition.size(), counts.size(), random.state()));
        return nextMark++;
    }

    @Override
    public void rollback(long mark) {
        Mark marked = marks.get(mark);
        if (marked == null) {
            throw new IllegalArgumentException("no such mark: " + mark);
        }
        marks.tailMap(mark, false).clear();
        repetition.truncate(marked.distinctIds());
        counts.truncate(marked.writtenIds());
        random.state(marked.randomState());
    }

    private static void requireChoice(float[] logits) {
        boolean allowed = false;
        for (int id = 0; id < logits.length; id++) {
            if (!(logits[id] < Float.POSITIVE_INFINITY)) { // also true for NaN
                throw new BackendException("the logit of id " + id + " is " + logits[id]
                        + ": the weights are damaged or overflow in this type; verify the files or try another engine");
            }
            allowed |= logits[id] > Float.NEGATIVE_INFINITY;
        }
        if (!allowed) {
            throw new IllegalStateException("no id may come next: every logit is masked or banned");
        }
    }

    private static int largest(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }
}
