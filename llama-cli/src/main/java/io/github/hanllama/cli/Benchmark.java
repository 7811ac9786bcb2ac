package io.github.hanllama.cli;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/** How fast a loaded model reads a prompt and writes, beside how fast memory can be read at that time. */
final class Benchmark {
    private final LanguageModel model;
    private final int prompt;
    private final int generated;
    private final int position;
    private final int[] ids;

    /** @param position tokens that are in the cache already when writing starts */
    Benchmark(LanguageModel model, int prompt, int generated, int position) {
        this.model = model;
        this.prompt = prompt;
        this.generated = generated;
        this.position = position;
        ids = new SplittableRandom(1)
                .ints(Math.max(prompt, Math.max(position, 1)), 0, model.config().vocabSize())
                .toArray();
    }

    /** One measurement; 0 where nothing was asked for. Speeds are tokens, or bytes, per second. */
    record Round(double prefill, double decode, double read) {}

    /** The middle one of each figure, so that one bad moment of the machine does not count. */
    static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
        double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Bytes of weights and cache that a generated token reads, in the middle of those that are measured. */
    static long bytesPerToken(List<TensorInfo> tensors, LlamaConfig config, LanguageModel model, int at) {
        long weights = tensors.stream()
                .filter(tensor -> config.tieWordEmbeddings() || !tensor.name().equals(TensorNames.EMBED_TOKENS))
                .mapToLong(TensorInfo::bytes)
                .sum();
        return weights + (at == 0 ? 0 : model.cacheBytes(at));
    }

    /** Runs everything once so that it is compiled, then so many rounds. */
    List<Round> run(int rounds, ReadBandwidth bandwidth) {
        try (Session session = model.newSession(Math.max(prompt, position + generated) + 1)) {
            round(session, bandwidth);
            List<Round> results = new ArrayList<>();
            for (int i = 0; i < rounds; i++) {
                results.add(round(session, bandwidth));
            }
            return results;
        }
    }

    private Round round(Session session, ReadBandwidth bandwidth) {
        double prefill = prompt == 0 ? 0 : prefill(session);
        double before = bandwidth.measure();
        double decode = generated == 0 ? 0 : decode(session);
        return new Round(prefill, decode, Math.max(before, bandwidth.measure()));
    }

    private double prefill(Session session) {
        fill(session, 0);
        long start = System.nanoTime();
        session.prefill(first(prompt));
        return prompt * 1e9 / (System.nanoTime() - start);
    }

    private double decode(Session session) {
        fill(session, position);
        long start = System.nanoTime();
        for (int i = 0; i < generated; i++) {
            session.decode(ids[i % ids.length]);
        }
        return generated * 1e9 / (System.nanoTime() - start);
    }

    private void fill(Session session, int length) {
        KvCache cache = session.cache();
        cache.truncate(Math.min(cache.length(), length));
        if (cache.length() < length) {
            session.prefill(Arrays.copyOfRange(ids, cache.length(), length));
        }
    }

    private int[] first(int count) {
        return Arrays.copyOf(ids, count);
    }
}
