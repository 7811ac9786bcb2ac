package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.fake.MemoryAdapter;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.TestData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A cache that one model filled goes on in another, of whatever engine, that has the same adapters; and only there. */
class ExchangeTest {
    private static final int[] PROMPT = {1, 2, 3, 4, 5};
    private static final float TOLERANCE = 1e-5f; // one engine adds in f64

    private static LanguageModel load(String engine, Checkpoint checkpoint) {
        return Engines.named(engine).load(checkpoint, EngineOptions.defaults());
    }

    private static AttachedAdapter attach(LanguageModel model, String name) {
        return model.attach(new MemoryAdapter(model.config(), name).everywhere(2));
    }

    @ParameterizedTest
    @CsvSource({"java, java", "java, reference", "reference, java", "reference, reference"})
    void cacheUnderAdapters(String from, String to) throws IOException {
        try (Checkpoint checkpoint = open();
                LanguageModel first = load(from, checkpoint);
                LanguageModel second = load(to, checkpoint);
                Session session = first.newSession(8, AdapterUse.of(attach(first, "pairs")));
                KvCache cache = second.newCache(8)) {
            session.prefill(PROMPT);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            session.cache().exportTo(0, PROMPT.length, Channels.newChannel(bytes));

            AdapterUse other = AdapterUse.of(attach(second, "pears"));
            AttachedAdapter pairs = attach(second, "pairs");
            AdapterUse same = AdapterUse.of(pairs);
            assertRefused(cache, bytes);
            assertRefused(cache, bytes, other);
            assertRefused(cache, bytes, same, other);
            assertRefused(cache, bytes, new AdapterUse(pairs, 0.5f));
            assertThat(cache.length()).isZero();

            cache.importFrom(channel(bytes), same);
            List<float[]> next =
                    Decoding.outputs(second, BatchRow.generated(cache, 6).adapters(same));
            float[] expected = session.decode(6);
            if (from.equals(to)) {
                Decoding.assertSameBits(next.getFirst(), expected);
            } else {
                assertThat(next.getFirst())
                        .usingComparatorWithPrecision(TOLERANCE)
                        .containsExactly(expected);
            }
        }
    }

    private static Checkpoint open() {
        return Checkpoints.open(ModelSources.path(TestData.path(AdapterContract.FIXTURE))
                .resolve(ProgressListener.NONE, new Cancellation()));
    }

    private static void assertRefused(KvCache cache, ByteArrayOutputStream bytes, AdapterUse... adapters) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.importFrom(channel(bytes), adapters))
                .withMessageContaining("another model or other adapters");
    }

    private static ReadableByteChannel channel(ByteArrayOutputStream bytes) {
        return Channels.newChannel(new ByteArrayInputStream(bytes.toByteArray()));
    }
}
