package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Caches that keep less than f32 keep the rest of the contract. */
class KvTypeTest {
    private static final String FIXTURE = "hf/gqa_bf16/base";
    private static final int[] IDS = BatchContract.ids(200);

    private final Checkpoint checkpoint = Checkpoints.open(
            ModelSources.path(TestData.path(FIXTURE)).resolve(ProgressListener.NONE, new Cancellation()));

    private LanguageModel load(String engine, EngineOptions options) {
        return Engines.named(engine).load(checkpoint, options);
    }

    private LanguageModel load(String engine, DType type) {
        return load(engine, EngineOptions.defaults().kvType(type));
    }

    @ParameterizedTest
    @CsvSource({"F16, 0.01", "Q8_0, 0.3"})
    void logits_nearThoseOfF32(DType type, float tolerance) {
        try (LanguageModel exact = load("java", DType.F32);
                LanguageModel model = load("java", type)) {
            float[] expected = Decoding.lastLogits(exact, IDS);
            float[] actual = Decoding.lastLogits(model, IDS);
            assertThat(actual).usingComparatorWithPrecision(tolerance).containsExactly(expected);
            assertThat(actual).isNotEqualTo(expected);
        }
    }

    /** Engines round keys that differ in their last bits, so now and then to neighbouring levels. */
    @ParameterizedTest
    @CsvSource({"F16, 0.002", "Q8_0, 0.05"})
    void logits_nearTheReferenceEngine(DType type, float tolerance) {
        try (LanguageModel model = load("java", type);
                LanguageModel reference = load("reference", type)) {
            assertThat(Decoding.lastLogits(model, IDS))
                    .usingComparatorWithPrecision(tolerance)
                    .containsExactly(Decoding.lastLogits(reference, IDS));
        }
    }

    @ParameterizedTest
    @CsvSource({"java, F16", "java, Q8_0", "reference, F16", "reference, Q8_0"})
    void result_anyChunksAndThreads(String engine, DType type) {
        try (LanguageModel one =
                        load(engine, EngineOptions.defaults().kvType(type).threads(1));
                LanguageModel five =
                        load(engine, EngineOptions.defaults().kvType(type).threads(5));
                Session session = Decoding.session(five)) {
            float[] chunked = Decoding.prefillInChunks(five, session.cache(), 7, Arrays.copyOf(IDS, 70));
            Decoding.assertSameBits(chunked, Decoding.lastLogits(one, Arrays.copyOf(IDS, 70)));
        }
    }

    @ParameterizedTest
    @CsvSource({"java, F16", "java, Q8_0", "reference, F16", "reference, Q8_0"})
    void exchange_sameTypeIsExact(String engine, DType type) throws IOException {
        try (LanguageModel model = load(engine, type);
                Session session = Decoding.session(model);
                Session other = Decoding.session(model)) {
            session.prefill(Arrays.copyOf(IDS, 70));
            byte[] bytes = export(session.cache());
            other.cache().importFrom(Channels.newChannel(new ByteArrayInputStream(bytes)));
            assertThat(export(other.cache())).isEqualTo(bytes);
            Decoding.assertSameBits(other.decode(5), session.decode(5));
        }
    }

    @Test
    void exchange_intoAnotherTypeRoundsOnce() throws IOException {
        try (LanguageModel model = load("java", DType.F16);
                LanguageModel wide = load("reference", DType.F32);
                Session session = Decoding.session(model);
                Session widened = Decoding.session(wide);
                Session back = Decoding.session(model)) {
            session.prefill(Arrays.copyOf(IDS, 70));
            byte[] bytes = export(session.cache());
            widened.cache().importFrom(Channels.newChannel(new ByteArrayInputStream(bytes)));
            back.cache().importFrom(Channels.newChannel(new ByteArrayInputStream(export(widened.cache()))));
            assertThat(export(back.cache())).isEqualTo(bytes);
        }
    }

    @Test
    void fork_keepsItsType() {
        try (LanguageModel model = load("java", DType.Q8_0);
                Session session = Decoding.session(model)) {
            session.prefill(Arrays.copyOf(IDS, 70));
            try (KvCache fork = session.cache().fork()) {
                List<float[]> logits = Decoding.outputs(model, BatchRow.generated(fork, 5));
                Decoding.assertSameBits(logits.getFirst(), session.decode(5));
            }
        }
    }

    @Test
    void cacheBytes_byType() {
        long f32 = cacheBytes(DType.F32);
        assertThat(cacheBytes(DType.F16)).isEqualTo(f32 / 2);
        assertThat(cacheBytes(DType.Q8_0)).isBetween(f32 / 4, f32 / 3);
    }

    private long cacheBytes(DType type) {
        try (LanguageModel model = load("java", type)) {
            return model.cacheBytes(64);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "Q4_0", "I8"})
    void otherTypes_refused(DType type) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EngineOptions.defaults().kvType(type))
                .withMessage("kvType must be F32, F16 or Q8_0, was " + type);
    }

    private static byte[] export(KvCache cache) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        cache.exportTo(0, cache.length(), Channels.newChannel(bytes));
        return bytes.toByteArray();
    }
}
