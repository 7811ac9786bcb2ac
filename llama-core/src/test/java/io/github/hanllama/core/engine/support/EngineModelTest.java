package io.github.hanllama.core.engine.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchResult;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.OutputSink;
import io.github.hanllama.core.engine.RowOutcome.Completed;
import io.github.hanllama.core.engine.RowOutcome.Failed;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.fake.FakeCheckpoint;
import io.github.hanllama.core.fake.MemoryAdapter;
import io.github.hanllama.quant.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What the contract tests cannot provoke: engines that misbehave, memory that runs out, what is freed when. */
class EngineModelTest {
    private static final LlamaConfig CONFIG = LlamaConfig.builder()
            .hiddenSize(8)
            .numAttentionHeads(2)
            .numHiddenLayers(1)
            .build();

    private static final String Q_PROJ = TensorNames.weight(0, Module.Q_PROJ);

    /** Runs what the test says. */
    private static final class FakeDecoder implements Decoder<FakeStorage, String> {
        final List<FakeStorage> storages = new ArrayList<>();
        final List<FakeStore> stores = new ArrayList<>();
        final Consumer<List<PassRow<FakeStorage, String>>> pass;
        Runnable beforeStore = () -> {};
        int closed;

        FakeDecoder(Consumer<List<PassRow<FakeStorage, String>>> pass) {
            this.pass = pass;
        }

        @Override
        public DType storedType() {
            return DType.F32;
        }

        @Override
        public long bytesPerPosition() {
            return 1000;
        }

        @Override
        public FakeStorage newStorage(int capacity) {
            if (capacity > 100) {
                throw new OutOfMemoryError("as if");
            }
            storages.add(new FakeStorage(CONFIG, capacity));
            return storages.getLast();
        }

        @Override
        public AdapterStore<String> newAdapterStore() {
            beforeStore.run();
            stores.add(new FakeStore());
            return stores.getLast();
        }

        @Override
        public void copy(FakeStorage from, FakeStorage to, int length) {
            throw new IllegalArgumentException("cannot copy");
        }

        @Override
        public void run(List<PassRow<FakeStorage, String>> rows) {
            pass.accept(rows);
        }

        @Override
        public void close() {
            assertThat(storages).allMatch(storage -> storage.freed);
            assertThat(stores).allMatch(store -> store.freed == 1);
            closed++;
        }
    }

    private static EngineModel<FakeStorage, String> model(FakeDecoder decoder) {
        Checkpoint checkpoint = new FakeCheckpoint("fake", CONFIG, Optional.empty(), List.of(), () -> {});
        return new EngineModel<>(checkpoint, "fake", decoder, 200_000);
    }

    private static BatchResult forwardTwo(EngineModel<FakeStorage, String> model) {
        Batch batch = Batch.of(BatchRow.prompt(model.newCache(4), 1, 2), BatchRow.generated(model.newCache(4), 3));
        BatchResult result = model.forward(batch, OutputSink.NONE);
        for (int i = 0; i < 2; i++) {
            boolean completed = result.outcomes().get(i) instanceof Completed;
            BatchRow row = batch.rows().get(i);
            assertThat(row.cache().length()).isEqualTo(completed ? row.size() : 0);
        }
        return result;
    }

    @Test
    void forward_engineThrows() {
        IllegalStateException broken = new IllegalStateException("broken");
        FakeDecoder decoder = new FakeDecoder(rows -> {
            rows.getFirst().complete();
            throw broken;
        });
        try (EngineModel<FakeStorage, String> model = model(decoder)) {
            assertThat(forwardTwo(model).outcomes()).containsExactly(new Completed(), new Failed(broken));
        }
    }

    @Test
    void forward_engineLeavesARowUnfinished() {
        FakeDecoder decoder = new FakeDecoder(rows -> rows.getLast().complete());
        try (EngineModel<FakeStorage, String> model = model(decoder)) {
            assertThatThrownBy(() -> forwardTwo(model).requireCompleted())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the engine did not finish row 0");
        }
    }

    @Test
    void newCache_outOfMemoryReservesNothing() {
        try (EngineModel<FakeStorage, String> model = model(new FakeDecoder(rows -> {}))) {
            assertThatThrownBy(() -> model.newCache(150))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("no memory for a cache of 150000 bytes");
            model.newCache(100);
            model.newCache(100);
        }
    }

    @Test
    void fork_failedLeavesNothingBehind() {
        FakeDecoder decoder = new FakeDecoder(rows -> {});
        try (EngineModel<FakeStorage, String> model = model(decoder)) {
            KvCache cache = model.newCache(100);
            assertThatThrownBy(cache::fork).hasMessage("cannot copy");
            assertThat(decoder.storages.getLast().freed).isTrue();
            model.newCache(100);
        }
    }

    @Test
    void close_freesEachOnceWeightsLast() {
        FakeDecoder decoder = new FakeDecoder(rows -> {});
        EngineModel<FakeStorage, String> model = model(decoder);
        model.newCache(1);
        model.newCache(2).close();
        model.close();
        model.close();
        assertThat(decoder.closed).isEqualTo(1);
        assertThat(decoder.storages).hasSize(2);
    }

    @Test
    void attach_failedFreesItsStore() {
        FakeDecoder decoder = new FakeDecoder(rows -> {});
        try (EngineModel<FakeStorage, String> model = model(decoder)) {
            MemoryAdapter stretched = new MemoryAdapter(CONFIG, "dora").stretched(Q_PROJ, 1);
            assertThatThrownBy(() -> model.attach(stretched)).hasMessage("cannot read " + Q_PROJ);
            assertThat(decoder.stores.getFirst().freed).isEqualTo(1);
            assertThat(model.adapterBytes()).isZero();
        }
    }

    @Test
    void attach_whileTheModelCloses_leavesNothing() {
        FakeDecoder decoder = new FakeDecoder(rows -> {});
        EngineModel<FakeStorage, String> model = model(decoder);
        decoder.beforeStore = model::close;
        assertThatThrownBy(() -> model.attach(new MemoryAdapter(CONFIG, "late").lowRank(Q_PROJ, 1)))
                .hasMessage("model is closed");
        assertThat(decoder.stores.getFirst().freed).isEqualTo(1);
    }

    @Test
    void closeAdapter_freesOnce() {
        FakeDecoder decoder = new FakeDecoder(rows -> {});
        EngineModel<FakeStorage, String> model = model(decoder);
        AttachedAdapter adapter = model.attach(new MemoryAdapter(CONFIG, "one").lowRank(Q_PROJ, 1));
        model.attach(new MemoryAdapter(CONFIG, "two").lowRank(Q_PROJ, 1));
        assertThat(model.adapterBytes()).isEqualTo(2);
        adapter.close();
        assertThat(decoder.stores).extracting(store -> store.freed).containsExactly(1, 0);
        model.close();
        adapter.close();
        assertThat(decoder.stores).extracting(store -> store.freed).containsExactly(1, 1);
    }
}
