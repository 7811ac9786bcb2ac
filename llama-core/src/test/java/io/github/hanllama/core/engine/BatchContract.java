package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.progress.Cancellation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A row's result depends on nothing but the row: the same bits in any batch, any chunks and on any threads. */
interface BatchContract extends SameResults {
    String FIXTURE = "hf/gqa_bf16/base";
    int VOCABULARY = 512;

    LanguageModel load(String fixture);

    LanguageModel load(String fixture, EngineOptions options);

    static int[] ids(int count) {
        return IntStream.range(0, count).map(i -> (i * 37 + 11) % VOCABULARY).toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "hf/mha/base, 70, 1",
        "hf/gqa_bf16/base, 70, 7",
        "hf/wide_256/base, 70, 33",
        "hf/attn_bias/base, 70, 64",
        "models/stories260k-hf, 150, 31",
        "hf/rope_dynamic/base, 40, 7",
        "hf/rope_dynamic/base, 100, 7"
    })
    default void prefill_inChunks(String fixture, int length, int chunk) {
        try (LanguageModel model = load(fixture);
                Session session = Decoding.session(model)) {
            float[] chunked = Decoding.prefillInChunks(model, session.cache(), chunk, ids(length));
            assertSame(chunked, Decoding.lastLogits(model, ids(length)));
        }
    }

    @Test
    default void prefill_everyPositionEqualsItsPrefix() {
        try (LanguageModel model = load(FIXTURE)) {
            List<float[]> all = Decoding.outputs(model, Output.LOGITS, ids(40));
            for (int i = 0; i < all.size(); i++) {
                assertSame(all.get(i), Decoding.lastLogits(model, ids(i + 1)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hf/gqa_bf16/base", "hf/rope_dynamic/base"})
    default void generated_severalIdsEqualOneByOne(String fixture) {
        try (LanguageModel model = load(fixture);
                Session together = Decoding.session(model);
                Session single = Decoding.session(model)) {
            together.prefill(ids(29));
            single.prefill(ids(29));
            List<float[]> verified = Decoding.outputs(
                    model, BatchRow.generated(together.cache(), 5, 6, 7, 8, 9).outputAll(Output.LOGITS));
            for (int i = 0; i < verified.size(); i++) {
                assertSame(verified.get(i), single.decode(5 + i));
            }
        }
    }

    @Test
    default void batch_mixedRowsEqualEachAlone() {
        try (LanguageModel model = load(FIXTURE)) {
            int[] lengths = {70, 1, 33, 16, 2};
            List<List<float[]>> alone = new ArrayList<>();
            for (int i = 0; i < lengths.length; i++) {
                alone.add(Decoding.outputs(model, row(model, i, lengths[i])));
            }
            List<BatchRow> rows = new ArrayList<>();
            for (int i = 0; i < lengths.length; i++) {
                rows.add(row(model, i, lengths[i]));
            }
            List<List<float[]>> together = run(model, rows);
            for (int i = 0; i < rows.size(); i++) {
                assertSame(together.get(i), alone.get(i));
                assertThat(rows.get(i).cache().length()).isEqualTo(20 + lengths[i]);
            }
        }
    }

    /** A prompt or generated row that continues 20 ids of its own. */
    private static BatchRow row(LanguageModel model, int seed, int length) {
        Session session = Decoding.session(model);
        session.prefill(Arrays.copyOfRange(ids(100), seed, seed + 20));
        int[] ids = Arrays.copyOfRange(ids(200), 100 + seed, 100 + seed + length);
        return seed % 2 == 0
                ? BatchRow.prompt(session.cache(), ids).outputAll(Output.LOGITS)
                : BatchRow.generated(session.cache(), ids).outputAll(Output.LOGITS);
    }

    private static List<List<float[]>> run(LanguageModel model, List<BatchRow> rows) {
        List<List<float[]>> outputs = new ArrayList<>();
        rows.forEach(row -> outputs.add(new ArrayList<>()));
        model.forward(new Batch(rows), (row, position, output, values) -> outputs.get(row)
                        .add(values.clone()))
                .requireCompleted();
        return outputs;
    }

    @Test
    default void batch_twoCachesDecodeAsEachAlone() {
        try (LanguageModel model = load("models/stories260k-hf");
                Session first = Decoding.session(model);
                Session second = Decoding.session(model)) {
            first.prefill(1);
            second.prefill(1, 403, 407);
            int[] next = {261, 300};
            List<float[]> together = new ArrayList<>();
            for (int step = 0; step < 10; step++) {
                Batch batch = Batch.of(
                        BatchRow.generated(first.cache(), next[0]), BatchRow.generated(second.cache(), next[1]));
                model.forward(batch, (row, position, output, values) -> {
                            next[row] = Decoding.argmax(values);
                            together.add(values.clone());
                        })
                        .requireCompleted();
            }
            assertAlone(model, new int[] {1}, 261, together, 0);
            assertAlone(model, new int[] {1, 403, 407}, 300, together, 1);
        }
    }

    private void assertAlone(LanguageModel model, int[] prompt, int id, List<float[]> together, int row) {
        try (Session session = Decoding.session(model)) {
            session.prefill(prompt);
            int next = id;
            for (int step = 0; step < 10; step++) {
                float[] logits = session.decode(next);
                assertSame(logits, together.get(2 * step + row));
                next = Decoding.argmax(logits);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    default void threads_anyNumber(int threads) {
        try (LanguageModel usual = load(FIXTURE);
                LanguageModel model = load(FIXTURE, EngineOptions.defaults().threads(threads))) {
            assertSame(
                    Decoding.outputs(model, Output.LOGITS, ids(70)), Decoding.outputs(usual, Output.LOGITS, ids(70)));
            assertThat(Decoding.greedy(model, 8, ids(3))).isEqualTo(Decoding.greedy(usual, 8, ids(3)));
        }
    }

    @Test
    default void outputs_inOrderOnTheCallingThread() {
        Thread caller = Thread.currentThread();
        List<String> calls = new ArrayList<>();
        try (LanguageModel model = load(FIXTURE);
                Session first = Decoding.session(model);
                Session second = Decoding.session(model)) {
            Batch batch = Batch.of(
                    BatchRow.prompt(first.cache(), 1, 2, 3, 4)
                            .outputs(Output.HIDDEN, Output.NONE, Output.LOGITS, Output.HIDDEN),
                    BatchRow.prompt(second.cache(), 5, 6));
            model.forward(batch, (row, position, output, values) -> {
                        assertThat(Thread.currentThread()).isSameAs(caller);
                        calls.add(row + " " + position + " " + output + " " + values.length);
                    })
                    .requireCompleted();
        }
        assertThat(calls).containsExactly("0 0 HIDDEN 64", "0 2 LOGITS 512", "0 3 HIDDEN 64", "1 1 LOGITS 512");
    }

    @Test
    default void row_cancelled() {
        assertUndisturbed(
                RowOutcome.Cancelled.class, (victim, cancellation) -> cancellation.cancel(), (row, position) -> {});
    }

    @Test
    default void row_cancelledWhileItRuns() {
        Cancellation[] seen = new Cancellation[1];
        assertUndisturbed(
                RowOutcome.Cancelled.class, (victim, cancellation) -> seen[0] = cancellation, (row, position) -> {
                    if (row == 1 && position == 3) {
                        seen[0].cancel();
                    }
                });
    }

    @Test
    default void row_sinkThrows() {
        assertUndisturbed(RowOutcome.Failed.class, (victim, cancellation) -> {}, (row, position) -> {
            if (row == 1 && position == 3) {
                throw new UnsupportedOperationException("the sink");
            }
        });
    }

    @Test
    default void sink_throwsAnError() {
        try (LanguageModel model = load(FIXTURE);
                Session first = Decoding.session(model);
                Session second = Decoding.session(model)) {
            Batch batch = Batch.of(BatchRow.prompt(first.cache(), ids(5)), BatchRow.prompt(second.cache(), ids(6)));
            assertThatThrownBy(() -> model.forward(batch, (row, position, output, values) -> {
                        if (row == 1) {
                            throw new AssertionError("the sink");
                        }
                    }))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("the sink");
            assertThat(first.position()).isZero();
            assertThat(second.position()).isZero();
            assertSame(first.prefill(ids(5)), Decoding.lastLogits(model, ids(5)));
        }
    }

    /** What happens to the middle one of three rows, before or while they run. */
    @FunctionalInterface
    interface Before {
        void accept(BatchRow victim, Cancellation cancellation);
    }

    /** What the sink does. */
    @FunctionalInterface
    interface During {
        void accept(int row, int position);
    }

    private void assertUndisturbed(Class<? extends RowOutcome> expected, Before before, During during) {
        try (LanguageModel model = load(FIXTURE)) {
            List<BatchRow> rows = new ArrayList<>();
            List<List<float[]>> alone = new ArrayList<>();
            List<List<float[]>> delivered = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                alone.add(Decoding.outputs(model, row(model, i, 12)));
                rows.add(row(model, i, 12));
                delivered.add(new ArrayList<>());
            }
            Cancellation cancellation = new Cancellation();
            BatchRow victim = rows.get(1).cancellation(cancellation);
            rows.set(1, victim);
            before.accept(victim, cancellation);
            BatchResult result = model.forward(new Batch(rows), (row, position, output, values) -> {
                during.accept(row, position);
                delivered.get(row).add(values.clone());
            });
            assertThat(result.outcomes().get(1)).isInstanceOf(expected);
            assertThat(victim.cache().length()).isEqualTo(20);
            for (int i = 0; i < 3; i += 2) {
                assertThat(result.outcomes().get(i)).isInstanceOf(RowOutcome.Completed.class);
                assertSame(delivered.get(i), alone.get(i));
                assertThat(rows.get(i).cache().length()).isEqualTo(32);
            }
            List<float[]> again = Decoding.outputs(model, victim.cancellation(new Cancellation()));
            assertSame(again, alone.get(1));
        }
    }

    @Test
    default void session_cancelled() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model)) {
            assertThatThrownBy(() -> session.prefill(ids(5), cancellation)).isInstanceOf(CancellationException.class);
            assertThat(session.position()).isZero();
        }
    }

    @Test
    default void refused_sameCacheTwice() {
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model)) {
            BatchRow row = BatchRow.prompt(session.cache(), 1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Batch.of(row, row))
                    .withMessageContaining("twice");
        }
    }

    @Test
    default void refused_foreignCache() {
        try (LanguageModel model = load(FIXTURE);
                LanguageModel other = load(FIXTURE);
                Session session = Decoding.session(other)) {
            assertRefused(model, BatchRow.prompt(session.cache(), 1), "another model");
        }
    }

    @Test
    default void refused_cacheTooShort() {
        try (LanguageModel model = load(FIXTURE);
                Session session = model.newSession(4)) {
            session.prefill(1, 2, 3);
            assertRefused(model, BatchRow.generated(session.cache(), 1, 2), "room for 4 positions");
            assertThat(session.decode(1)).hasSize(VOCABULARY);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, VOCABULARY, Integer.MIN_VALUE, Integer.MAX_VALUE})
    default void refused_idOutsideVocabulary(int id) {
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model)) {
            assertRefused(model, BatchRow.prompt(session.cache(), 1, id), "expected 0..511, found " + id);
        }
    }

    @Test
    default void refused_promptLongerThanItSays() {
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model)) {
            assertRefused(model, BatchRow.prompt(session.cache(), 1, 2).promptLength(1), "promptLength must be >= 2");
        }
    }

    /** Refused before anything ran: the good row before it neither reached the sink nor grew. */
    private static void assertRefused(LanguageModel model, BatchRow bad, String message) {
        try (Session good = Decoding.session(model)) {
            int before = bad.cache().length();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.forward(
                            Batch.of(BatchRow.prompt(good.cache(), 1, 2, 3).outputAll(Output.LOGITS), bad),
                            (row, position, output, values) -> {
                                throw new AssertionError("nothing may run");
                            }))
                    .withMessageContaining(message);
            assertThat(good.position()).isZero();
            assertThat(bad.cache().length()).isEqualTo(before);
        }
    }
}
