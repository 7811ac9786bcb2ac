package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.adapter.ConfigOverrides;
import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.RopeScaling;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.core.fake.MemoryAdapter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows with adapters keep every promise of rows without. That they compute what merged models compute is shown where
 * adapters are read, in llama-lora.
 */
interface AdapterContract extends SameResults {
    String FIXTURE = "hf/attn_bias/base";
    String Q_PROJ = TensorNames.weight(0, Module.Q_PROJ);
    String K_PROJ = TensorNames.weight(1, Module.K_PROJ);
    int GROWN = 530;

    LanguageModel load(String fixture);

    LanguageModel load(String fixture, EngineOptions options);

    private static MemoryAdapter adapter(LanguageModel model, String name) {
        return new MemoryAdapter(model.config(), name);
    }

    /** Every kind of change at once, vocabulary included. */
    private static MemoryAdapter everything(LanguageModel model) {
        int hidden = model.config().hiddenSize();
        return adapter(model, "everything")
                .everywhere(8)
                .stretched(Q_PROJ, 3)
                .vocabulary(GROWN)
                .replace(TensorNames.NORM, hidden)
                .replace(TensorNames.weight(1, Module.INPUT_LAYERNORM), hidden)
                .replace(TensorNames.bias(0, Module.Q_PROJ), model.config().queryWidth())
                .replace(
                        TensorNames.weight(1, Module.O_PROJ),
                        hidden,
                        model.config().queryWidth())
                .overrides(new ConfigOverrides(
                        OptionalInt.of(GROWN), OptionalInt.empty(), Optional.of(new RopeScaling.Linear(2))));
    }

    private static MemoryAdapter addedBias(LanguageModel model) {
        MemoryAdapter adapter = adapter(model, "bias").everywhere(70);
        return adapter.change(
                TensorNames.bias(1, Module.K_PROJ),
                new AddLowRank(
                        adapter.tensor("a", 1, 1, model.config().keyValueWidth()),
                        adapter.tensor("b", 1, 1, 1),
                        1,
                        false,
                        Optional.empty()));
    }

    /** Rows of all kinds, the same adapters in several. */
    private static List<BatchRow> rows(LanguageModel model, List<List<AdapterUse>> uses) {
        List<BatchRow> rows = new ArrayList<>();
        int[] lengths = {1, 33, 40, 2, 70, 1, 9, 5};
        for (int i = 0; i < lengths.length; i++) {
            int[] ids = Arrays.copyOfRange(BatchContract.ids(200), i, i + lengths[i]);
            BatchRow row =
                    i % 3 == 0 ? BatchRow.generated(model.newCache(80), ids) : BatchRow.prompt(model.newCache(80), ids);
            rows.add(row.outputAll(Output.LOGITS).adapters(uses.get(i % uses.size())));
        }
        return rows;
    }

    private static List<List<float[]>> run(LanguageModel model, List<BatchRow> rows) {
        List<List<float[]>> outputs = new ArrayList<>();
        rows.forEach(row -> outputs.add(new ArrayList<>()));
        model.forward(new Batch(rows), (row, position, output, values) -> outputs.get(row)
                        .add(values.clone()))
                .requireCompleted();
        return outputs;
    }

    private static List<List<AdapterUse>> uses(LanguageModel model) {
        AttachedAdapter whole = model.attach(everything(model));
        AttachedAdapter bias = model.attach(addedBias(model));
        AttachedAdapter plain = model.attach(adapter(model, "plain").everywhere(4));
        AttachedAdapter stretched = model.attach(adapter(model, "stretched")
                .stretched(K_PROJ, 2)
                .lowRank(TensorNames.LM_HEAD, 2)
                .lowRank(TensorNames.EMBED_TOKENS, 2));
        return List.of(
                List.of(AdapterUse.of(whole)),
                List.of(),
                List.of(AdapterUse.of(whole), new AdapterUse(plain, -0.5f)),
                List.of(AdapterUse.of(bias), AdapterUse.of(stretched)),
                List.of(new AdapterUse(stretched, 0.25f)));
    }

    @Test
    default void batch_mixedAdaptersEqualEachAlone() {
        List<List<float[]>> alone = new ArrayList<>();
        try (LanguageModel model = load(FIXTURE, EngineOptions.defaults().threads(1))) {
            rows(model, uses(model)).forEach(row -> alone.add(Decoding.outputs(model, row)));
        }
        try (LanguageModel model = load(FIXTURE, EngineOptions.defaults().threads(3))) {
            List<List<float[]>> together = run(model, rows(model, uses(model)));
            assertThat(together).hasSameSizeAs(alone);
            for (int i = 0; i < alone.size(); i++) {
                assertSame(together.get(i), alone.get(i));
            }
            assertThat(together.get(0).getFirst()).hasSize(GROWN);
            assertThat(together.get(1).getFirst()).hasSize(512);
        }
    }

    @Test
    default void prompt_inChunksEqualsWhole() {
        try (LanguageModel model = load(FIXTURE);
                KvCache cache = model.newCache(80);
                KvCache other = model.newCache(80)) {
            AdapterUse use = AdapterUse.of(model.attach(everything(model)));
            int[] ids = BatchContract.ids(70);
            List<float[]> whole =
                    Decoding.outputs(model, BatchRow.prompt(cache, ids).adapters(use));
            List<float[]> last = List.of();
            for (int from = 0; from < ids.length; from += 7) {
                last = Decoding.outputs(
                        model,
                        BatchRow.prompt(other, Arrays.copyOfRange(ids, from, from + 7))
                                .promptLength(70)
                                .adapters(use));
            }
            assertSame(last, whole);
        }
    }

    @Test
    default void base_isNotTouched() {
        try (LanguageModel model = load(FIXTURE)) {
            float[] before = Decoding.lastLogits(model, 1, 2, 3);
            try (AttachedAdapter adapter = model.attach(everything(model));
                    Session session = model.newSession(8, AdapterUse.of(adapter))) {
                assertThat(session.prefill(1, 2, 3)).hasSize(GROWN);
                assertSame(Decoding.lastLogits(model, 1, 2, 3), before);
            }
            assertSame(Decoding.lastLogits(model, 1, 2, 3), before);
        }
    }

    @Test
    default void weight_scalesWhatIsAdded() {
        try (LanguageModel model = load(FIXTURE)) {
            float[] base = Decoding.lastLogits(model, 1, 2, 3);
            AttachedAdapter adapter =
                    model.attach(adapter(model, "head").lowRank(TensorNames.LM_HEAD, 4)); // the logits are linear in it
            float[] once = logits(model, AdapterUse.of(adapter));
            float[] thrice = logits(model, new AdapterUse(adapter, 3));
            for (int i = 0; i < base.length; i++) {
                assertThat(thrice[i] - base[i]).isCloseTo(3 * (once[i] - base[i]), within(1e-5f));
            }
            assertThat(once).isNotEqualTo(base);
        }
    }

    private static float[] logits(LanguageModel model, AdapterUse... uses) {
        try (Session session = model.newSession(8, uses)) {
            return session.prefill(1, 2, 3);
        }
    }

    @Test
    default void adapters_orderDoesNotMatter() {
        try (LanguageModel model = load(FIXTURE)) {
            AdapterUse one = AdapterUse.of(model.attach(addedBias(model)));
            AdapterUse two = AdapterUse.of(model.attach(everything(model)));
            assertSame(logits(model, one, two), logits(model, two, one));
        }
    }

    /** Both pairs add up, and of two whole tensors the later wins. */
    @Test
    default void chain_laterWholeTensorsWin() {
        try (LanguageModel model = load(FIXTURE)) {
            AdapterWeights small = adapter(model, "small").everywhere(4).vocabulary(520);
            AdapterWeights pairs = adapter(model, "small").everywhere(4);
            AdapterWeights large = adapter(model, "large").lowRank(Q_PROJ, 4).vocabulary(GROWN);
            AttachedAdapter chain = model.attach(small, large);
            assertThat(chain.vocabularySize()).isEqualTo(GROWN);
            assertThat(chain.origin()).isEqualTo("small + large");
            float[] apart = logits(model, AdapterUse.of(model.attach(pairs)), AdapterUse.of(model.attach(large)));
            float[] chained = logits(model, AdapterUse.of(chain));
            for (int i = 0; i < apart.length; i++) {
                assertThat(chained[i]).isCloseTo(apart[i], within(1e-5f));
            }
            assertThatThrownBy(() -> model.attach(large, small))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessageContaining("small does not fit: it replaces model.embed_tokens.weight [530, 64]");
        }
    }

    @Test
    default void attach_readsDuringTheCallOnly() {
        try (LanguageModel model = load(FIXTURE)) {
            MemoryAdapter weights = everything(model);
            AttachedAdapter adapter = model.attach(weights);
            weights.close();
            assertThat(logits(model, AdapterUse.of(adapter))).hasSize(GROWN);
            assertThatThrownBy(() -> model.attach(weights)).hasMessage("everything is closed");
            assertThat(model.adapterBytes()).isEqualTo(adapter.bytes());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    default void attach_thatDoesNotFit(int fault) {
        try (LanguageModel model = load(FIXTURE)) {
            MemoryAdapter adapter = adapter(model, "faulty");
            int hidden = model.config().hiddenSize();
            switch (fault) {
                case 0 -> adapter.replace("model.layers.99.input_layernorm.weight", hidden);
                case 1 -> adapter.replace(TensorNames.NORM, hidden + 1);
                case 2 -> adapter.replace(TensorNames.EMBED_TOKENS, GROWN, hidden);
                case 3 -> adapter.vocabulary(511);
                default ->
                    adapter.change(
                            Q_PROJ,
                            new AddLowRank(
                                    adapter.tensor("a", 1, 4, hidden),
                                    adapter.tensor("b", 1, 7, 4),
                                    1,
                                    false,
                                    Optional.empty()));
            }
            assertThatThrownBy(() -> model.attach(adapter))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessageStartingWith("faulty does not fit: it ");
            assertThat(model.adapterBytes()).isZero();
            assertThatIllegalArgumentException().isThrownBy(model::attach);
        }
    }

    @Test
    default void row_idsAreThoseOfItsVocabulary() {
        try (LanguageModel model = load(FIXTURE);
                KvCache cache = model.newCache(8)) {
            AdapterUse grown = AdapterUse.of(model.attach(everything(model)));
            assertRefused(model, BatchRow.prompt(cache, GROWN - 1), "expected 0..511, found 529");
            assertRefused(model, BatchRow.prompt(cache, GROWN).adapters(grown), "expected 0..529, found 530");
            assertThat(Decoding.outputs(model, BatchRow.prompt(cache, GROWN - 1).adapters(grown)))
                    .hasSize(1);
        }
    }

    @Test
    default void row_combinationsThatMakeNoSense() {
        try (LanguageModel model = load(FIXTURE);
                LanguageModel other = load(FIXTURE);
                KvCache cache = model.newCache(8)) {
            AttachedAdapter whole = model.attach(everything(model));
            AttachedAdapter norm = model.attach(adapter(model, "norm")
                    .replace(TensorNames.NORM, model.config().hiddenSize()));
            AttachedAdapter head = model.attach(adapter(model, "head").lowRank(TensorNames.LM_HEAD, 2));
            AttachedAdapter stretched =
                    model.attach(adapter(model, "dora").stretched(TensorNames.weight(1, Module.O_PROJ), 2));
            AttachedAdapter foreign = other.attach(adapter(model, "foreign").everywhere(1));
            assertRefused(model, cache, "one adapter that replaces tensors", whole, norm);
            assertRefused(model, cache, "occurs twice", head, head);
            assertRefused(model, cache, "head cannot be used with everything", head, whole);
            assertRefused(model, cache, "dora cannot be used with everything", whole, stretched);
            assertRefused(model, cache, "attached to another model", foreign);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new AdapterUse(whole, 0.5f))
                    .withMessageContaining("must be 1, since it replaces tensors");
            assertThatIllegalArgumentException().isThrownBy(() -> new AdapterUse(head, Float.NaN));
            assertThat(cache.length()).isZero();
        }
    }

    private static void assertRefused(LanguageModel model, KvCache cache, String message, AttachedAdapter... adapters) {
        AdapterUse[] uses = Arrays.stream(adapters).map(AdapterUse::of).toArray(AdapterUse[]::new);
        assertRefused(model, BatchRow.prompt(cache, 1).adapters(uses), message);
    }

    private static void assertRefused(LanguageModel model, BatchRow row, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.forward(Batch.of(row), OutputSink.NONE))
                .withMessageContaining(message);
    }

    @Test
    default void cache_goesOnWithItsAdaptersOnly() {
        try (LanguageModel model = load(FIXTURE);
                KvCache cache = model.newCache(8)) {
            AttachedAdapter adapter = model.attach(adapter(model, "pairs").everywhere(2));
            AdapterUse use = AdapterUse.of(adapter);
            Decoding.outputs(model, BatchRow.prompt(cache, 1).adapters(use));
            try (KvCache fork = cache.fork()) {
                assertRefused(model, BatchRow.generated(fork, 2), "filled with [pairs]");
                assertRefused(
                        model,
                        BatchRow.generated(fork, 2).adapters(new AdapterUse(adapter, 2)),
                        "go on with [2.0 x pairs]");
                Decoding.outputs(model, BatchRow.generated(fork, 2).adapters(use));
            }
            cache.truncate(0);
            Decoding.outputs(model, BatchRow.prompt(cache, 1));
            assertRefused(model, BatchRow.generated(cache, 2).adapters(use), "filled with no adapters");
        }
    }

    @Test
    default void cache_outlivesTheHandle() {
        try (LanguageModel model = load(FIXTURE);
                KvCache cache = model.newCache(8)) {
            AdapterUse first =
                    AdapterUse.of(model.attach(adapter(model, "pairs").everywhere(2)));
            Decoding.outputs(model, BatchRow.prompt(cache, 1).adapters(first));
            first.adapter().close();
            AdapterUse again =
                    AdapterUse.of(model.attach(adapter(model, "pairs").everywhere(2)));
            Decoding.outputs(model, BatchRow.generated(cache, 2).adapters(again));
            AdapterUse other =
                    AdapterUse.of(model.attach(adapter(model, "pears").everywhere(2)));
            assertRefused(model, BatchRow.generated(cache, 3).adapters(other), "filled with [pairs]");
        }
    }

    @Test
    default void export_isOfTheModelWithItsAdapters() throws IOException {
        try (LanguageModel model = load(FIXTURE);
                Session session = model.newSession(8);
                KvCache cache = model.newCache(8)) {
            AttachedAdapter adapter = model.attach(adapter(model, "pairs").everywhere(2));
            AdapterUse use = AdapterUse.of(adapter);
            float[] expected = Decoding.outputs(
                            model, BatchRow.prompt(cache, 1, 2, 3).adapters(use))
                    .getFirst();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            cache.exportTo(0, 2, Channels.newChannel(bytes));
            KvCache target = session.cache();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> target.importFrom(channel(bytes)))
                    .withMessageContaining("other adapters");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> target.importFrom(channel(bytes), new AdapterUse(adapter, 2)))
                    .withMessageContaining("other adapters");
            target.importFrom(channel(bytes), use);
            assertRefused(model, BatchRow.prompt(target, 3), "filled with [pairs]");
            assertSame(Decoding.outputs(model, BatchRow.prompt(target, 3).adapters(use)), List.of(expected));
        }
    }

    private static ReadableByteChannel channel(ByteArrayOutputStream bytes) {
        return Channels.newChannel(new ByteArrayInputStream(bytes.toByteArray()));
    }

    @Test
    default void adapterClose_refusesLaterUse() {
        LanguageModel model = load(FIXTURE);
        AttachedAdapter adapter = model.attach(everything(model));
        AttachedAdapter open = model.attach(addedBias(model));
        assertThat(model.adapterBytes())
                .isEqualTo(adapter.bytes() + open.bytes())
                .isPositive();
        adapter.close();
        adapter.close();
        assertThat(model.adapterBytes()).isEqualTo(open.bytes());
        assertThatIllegalStateException()
                .isThrownBy(() -> logits(model, AdapterUse.of(adapter)))
                .withMessage("the adapter everything is closed");
        model.close();
        assertThat(model.adapterBytes()).isZero();
        open.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> model.attach(addedBias(model)))
                .withMessage("model is closed");
    }

    @Test
    default void adapterClose_waitsForThePassInFlight() throws Exception {
        try (LanguageModel model = load(FIXTURE);
                KvCache cache = model.newCache(8);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            AttachedAdapter adapter = model.attach(everything(model));
            List<Future<?>> closing = new ArrayList<>();
            BatchRow row =
                    BatchRow.prompt(cache, 1, 2, 3).outputAll(Output.LOGITS).adapters(AdapterUse.of(adapter));
            model.forward(Batch.of(row), (index, position, output, values) -> {
                        if (closing.isEmpty()) {
                            closing.add(threads.submit(adapter::close));
                        }
                        assertThat(model.adapterBytes()).isPositive();
                    })
                    .requireCompleted();
            closing.getFirst().get();
            assertThat(model.adapterBytes()).isZero();
        }
    }

    /** Attaching and detaching while others generate: as often as the engine's passes are quick; more with the property. */
    default int swaps() {
        return Integer.getInteger("hanllama.swaps", 2_000);
    }

    @Test
    default void swap_whileOthersGenerate() throws Exception {
        try (LanguageModel model = load(FIXTURE);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            MemoryAdapter one = adapter(model, "one")
                    .lowRank(Q_PROJ, 2)
                    .replace(TensorNames.NORM, model.config().hiddenSize());
            MemoryAdapter two = adapter(model, "two").stretched(K_PROJ, 1);
            List<float[]> expected = List.of(once(model, one), once(model, two));
            AttachedAdapter stays = model.attach(addedBias(model));
            AtomicBoolean done = new AtomicBoolean();
            Future<?> writer = threads.submit(() -> write(model, stays, done));
            for (int i = 0; i < swaps(); i++) {
                MemoryAdapter weights = i % 2 == 0 ? one : two;
                if (i % 50 < 2) {
                    assertSame(once(model, weights), expected.get(i % 2));
                } else {
                    model.attach(weights).close();
                }
            }
            done.set(true);
            writer.get();
            assertThat(model.adapterBytes()).isEqualTo(stays.bytes());
        }
    }

    /** The same two rows, one with an adapter, again and again. */
    private void write(LanguageModel model, AttachedAdapter adapter, AtomicBoolean done) {
        List<List<AdapterUse>> uses = List.of(List.of(), List.of(AdapterUse.of(adapter)));
        List<BatchRow> rows = uses.stream()
                .map(use -> BatchRow.prompt(model.newCache(4), 1, 2).adapters(use))
                .toList();
        List<List<float[]>> expected = run(model, rows);
        while (!done.get()) {
            LockSupport.parkNanos(2_000_000); // else attaching would wait for a pass each time
            rows.forEach(row -> row.cache().truncate(0));
            List<List<float[]>> again = run(model, rows);
            for (int i = 0; i < rows.size(); i++) {
                assertSame(again.get(i), expected.get(i));
            }
        }
    }

    private static float[] once(LanguageModel model, AdapterWeights weights) {
        try (AttachedAdapter adapter = model.attach(weights)) {
            return logits(model, AdapterUse.of(adapter));
        }
    }
}
