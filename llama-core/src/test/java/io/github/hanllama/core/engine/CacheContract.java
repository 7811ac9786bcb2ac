package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.error.BackendException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache is its ids' keys and values, however it came to hold them. */
interface CacheContract extends SameResults {
    String FIXTURE = "hf/gqa_bf16/base";
    int[] IDS = BatchContract.ids(60);

    LanguageModel load(String fixture);

    LanguageModel load(String fixture, EngineOptions options);

    LanguageModel load(Checkpoint checkpoint, EngineOptions options);

    Checkpoint open(String fixture);

    private static int[] ids(int from, int to) {
        return Arrays.copyOfRange(IDS, from, to);
    }

    private static byte[] export(KvCache cache, int from, int to) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        cache.exportTo(from, to, Channels.newChannel(bytes));
        return bytes.toByteArray();
    }

    private static void importFrom(KvCache cache, byte[] bytes) throws IOException {
        cache.importFrom(Channels.newChannel(new ByteArrayInputStream(bytes)));
    }

    @Test
    default void truncate_replayEqualsFresh() {
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model)) {
            session.prefill(ids(0, 20));
            session.prefill(7, 7, 7, 7, 7);
            session.cache().truncate(20);
            assertThat(session.position()).isEqualTo(20);
            assertSame(session.prefill(ids(20, 60)), Decoding.lastLogits(model, IDS));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 21})
    default void truncate_outsideTheCache(int length) {
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model)) {
            session.prefill(ids(0, 20));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.cache().truncate(length))
                    .withMessage("length must be in 0..20, was " + length);
        }
    }

    @Test
    default void fork_goesItsOwnWay() {
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model)) {
            session.prefill(ids(0, 20));
            try (KvCache fork = session.cache().fork()) {
                session.cache().truncate(10);
                session.prefill(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9);
                float[] logits = Decoding.outputs(model, BatchRow.prompt(fork, ids(20, 60)))
                        .getFirst();
                assertSame(logits, Decoding.lastLogits(model, IDS));
                assertThat(session.position()).isEqualTo(22);
                fork.truncate(0);
                assertThat(fork.capacity()).isEqualTo(session.cache().capacity());
            }
        }
    }

    @Test
    default void exchange_wholeAndInParts() throws IOException {
        try (LanguageModel model = load(FIXTURE);
                LanguageModel reloaded = load(FIXTURE);
                Session session = Decoding.session(model);
                KvCache whole = reloaded.newCache(64);
                KvCache parts = reloaded.newCache(64)) {
            session.prefill(ids(0, 30));
            importFrom(whole, export(session.cache(), 0, 30));
            importFrom(parts, export(session.cache(), 0, 11));
            importFrom(parts, export(session.cache(), 11, 11));
            importFrom(parts, export(session.cache(), 11, 30));
            assertThat(whole.length()).isEqualTo(30);
            assertThat(export(whole, 0, 30)).isEqualTo(export(session.cache(), 0, 30));
            assertThat(export(parts, 0, 30)).isEqualTo(export(session.cache(), 0, 30));
            float[] logits = Decoding.outputs(reloaded, BatchRow.prompt(parts, ids(30, 60)))
                    .getFirst();
            assertSame(logits, Decoding.lastLogits(model, IDS));
        }
    }

    @Test
    default void exchange_readsNoByteTooMany() throws IOException {
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model);
                KvCache cache = model.newCache(64)) {
            session.prefill(ids(0, 30));
            ByteArrayOutputStream two = new ByteArrayOutputStream();
            two.write(export(session.cache(), 0, 7));
            two.write(export(session.cache(), 7, 30));
            ByteArrayInputStream in = new ByteArrayInputStream(two.toByteArray());
            cache.importFrom(Channels.newChannel(in));
            cache.importFrom(Channels.newChannel(in));
            assertThat(cache.length()).isEqualTo(30);
            assertThat(in.available()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5, 4", "-1, 4", "0, 21"})
    default void export_outsideTheCache(String range) {
        int from = Integer.parseInt(range.split(", ")[0]);
        int to = Integer.parseInt(range.split(", ")[1]);
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model)) {
            session.prefill(ids(0, 20));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> export(session.cache(), from, to))
                    .withMessageContaining("within 0..20");
        }
    }

    @Test
    default void import_anotherModel() throws IOException {
        try (LanguageModel other = load("hf/lora_gqa_bf16/base");
                Session session = Decoding.session(other)) {
            session.prefill(ids(0, 10));
            assertRefused(export(session.cache(), 0, 10), IllegalArgumentException.class, "another model");
        }
    }

    @Test
    default void import_otherStart() throws IOException {
        assertRefused(exported(5, 10), IllegalArgumentException.class, "expected to start at 3");
    }

    @Test
    default void import_noRoom() throws IOException {
        assertRefused(exported(3, 30), IllegalArgumentException.class, "expected to end within 3..20");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 40, 67, 68, 69, 1000})
    default void import_cutShort(int bytes) throws IOException {
        assertRefused(Arrays.copyOf(exported(3, 10), bytes), EOFException.class, "cut short");
    }

    @Test
    default void import_lacksItsLastByte() throws IOException {
        byte[] whole = exported(3, 10);
        assertRefused(Arrays.copyOf(whole, whole.length - 1), EOFException.class, "cut short");
    }

    @Test
    default void import_damaged() throws IOException {
        byte[] bytes = exported(3, 10);
        bytes[1000] ^= 1;
        assertRefused(bytes, IOException.class, "damaged");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 12, 16, 48, 52, 56, 60, 64, 67})
    default void import_everyHeaderFieldCounts(int offset) throws IOException {
        byte[] bytes = exported(3, 10);
        bytes[offset] ^= (byte) 0x80;
        assertRefused(bytes, IllegalArgumentException.class, "exported cache");
    }

    @Test
    default void export_identityNeverAsked() {
        LanguageModel model;
        try (Checkpoint checkpoint = open(FIXTURE)) {
            model = load(checkpoint, EngineOptions.defaults());
        }
        try (model;
                Session session = Decoding.session(model)) {
            session.prefill(1, 2);
            assertThatIllegalStateException()
                    .isThrownBy(() -> export(session.cache(), 0, 2))
                    .withMessageContaining("before closing the checkpoint");
        }
    }

    private byte[] exported(int from, int to) throws IOException {
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model)) {
            session.prefill(ids(0, to));
            return export(session.cache(), from, to);
        }
    }

    /** A cache of 20 that holds 3 refuses the bytes and goes on as if nothing had happened. */
    private void assertRefused(byte[] bytes, Class<? extends Exception> type, String message) {
        try (LanguageModel model = load(FIXTURE);
                Session session = model.newSession(20)) {
            session.prefill(ids(0, 3));
            assertThatThrownBy(() -> importFrom(session.cache(), bytes))
                    .isInstanceOf(type)
                    .hasMessageContaining(message);
            assertThat(session.position()).isEqualTo(3);
            assertSame(session.prefill(ids(3, 20)), Decoding.lastLogits(model, ids(0, 20)));
        }
    }

    @Test
    default void budget_boundsAllCachesTogether() {
        try (LanguageModel sizes = load(FIXTURE)) {
            long forTen = sizes.cacheBytes(10);
            assertThat(sizes.cacheBytes(20)).isEqualTo(2 * forTen);
            try (LanguageModel model = load(FIXTURE, EngineOptions.defaults().maxKvBytes(forTen + 1))) {
                KvCache cache = model.newCache(10);
                assertThatThrownBy(() -> model.newCache(1)).isInstanceOf(BackendException.class);
                assertThatThrownBy(cache::fork)
                        .isInstanceOf(BackendException.class)
                        .hasMessageContaining("a cache of " + forTen + " bytes")
                        .hasMessageContaining("bound of " + (forTen + 1))
                        .hasMessageContaining("of which " + forTen + " are in use");
                cache.close();
                cache.close();
                model.newCache(10).close();
                assertThatThrownBy(() -> model.newCache(Integer.MAX_VALUE)).isInstanceOf(BackendException.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    default void capacity_notPositive(int capacity) {
        try (LanguageModel model = load(FIXTURE)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.newCache(capacity))
                    .withMessage("capacity must be >= 1, was " + capacity);
        }
    }

    @Test
    default void closed_refusesUse() {
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model)) {
            session.prefill(1, 2);
            KvCache cache = session.cache();
            BatchRow row = BatchRow.generated(cache, 1);
            cache.close();
            assertThatIllegalStateException().isThrownBy(cache::length).withMessage("the cache is closed");
            assertThatIllegalStateException().isThrownBy(() -> cache.truncate(0));
            assertThatIllegalStateException().isThrownBy(cache::fork);
            assertThatIllegalStateException().isThrownBy(() -> export(cache, 0, 1));
            assertThatIllegalStateException().isThrownBy(() -> importFrom(cache, new byte[0]));
            assertThatIllegalStateException().isThrownBy(() -> model.forward(Batch.of(row), OutputSink.NONE));
        }
    }

    @Test
    default void inUse_refusesUseFromTheSink() {
        try (LanguageModel model = load(FIXTURE);
                Session session = Decoding.session(model)) {
            KvCache cache = session.cache();
            BatchResult result = model.forward(
                    Batch.of(BatchRow.prompt(cache, 1, 2)), (row, position, output, values) -> cache.truncate(0));
            assertThat(result.outcomes()).singleElement().isInstanceOf(RowOutcome.Failed.class);
            assertThatIllegalStateException()
                    .isThrownBy(result::requireCompleted)
                    .withMessageContaining("in use");
            assertSame(session.prefill(IDS), Decoding.lastLogits(model, IDS));
        }
    }
}
