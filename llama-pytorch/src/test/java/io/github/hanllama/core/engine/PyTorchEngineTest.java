package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.pytorch.PlannedEngine;
import io.github.hanllama.quant.DType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** In the package of the contracts, which are not public. */
class PyTorchEngineTest extends EngineContract {
    PyTorchEngineTest() {
        super("pytorch");
    }

    /** Sums of libtorch depend on how many are computed together. */
    @Override
    public float tolerance() {
        return 1e-4f;
    }

    /** One thread unless a test asks for more: with models this small, more would wait for each other. */
    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        EngineOptions exact = options.exactActivations(true);
        return super.load(checkpoint, options.threads().isPresent() ? exact : exact.threads(1));
    }

    @Override
    public int swaps() {
        return 50;
    }

    /** Three chunks of 64 tokens, of the first of which nothing is wanted, or all. */
    @ParameterizedTest
    @EnumSource(names = {"NONE", "HIDDEN", "LOGITS"})
    void prompt_longerThanAChunk(Output before) {
        int[] ids = BatchContract.ids(150);
        try (Checkpoint checkpoint = open("hf/attn_bias/base");
                LanguageModel model = PlannedEngine.f32()
                        .load(checkpoint, EngineOptions.defaults().threads(1));
                LanguageModel other = Engines.named("java").load(checkpoint, EngineOptions.defaults());
                KvCache cache = model.newCache(ids.length);
                KvCache otherCache = other.newCache(ids.length)) {
            assertSame(
                    Decoding.outputs(model, wanted(cache, ids, before)),
                    Decoding.outputs(other, wanted(otherCache, ids, before)));
        }
    }

    private static BatchRow wanted(KvCache cache, int[] ids, Output before) {
        Output[] outputs = new Output[ids.length];
        Arrays.fill(outputs, before);
        outputs[ids.length - 1] = Output.LOGITS;
        return BatchRow.prompt(cache, ids).outputs(outputs);
    }

    @Test
    void kvType_f16_staysNear() {
        try (LanguageModel exact = load("hf/gqa_bf16/base");
                LanguageModel model =
                        load("hf/gqa_bf16/base", EngineOptions.defaults().kvType(DType.F16))) {
            assertThat(model.cacheBytes(10)).isEqualTo(exact.cacheBytes(10) / 2);
            assertThat(Decoding.lastLogits(model, BatchContract.ids(70)))
                    .usingComparatorWithPrecision(0.01f)
                    .containsExactly(Decoding.lastLogits(exact, BatchContract.ids(70)));
        }
    }

    @Test
    void kvType_q8_0_isRefused() {
        assertThatThrownBy(
                        () -> load("hf/gqa_bf16/base", EngineOptions.defaults().kvType(DType.Q8_0)))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("not in Q8_0; the java engine does");
    }

    @Test
    void cache_goesOnInAnotherEngine() throws IOException {
        try (Checkpoint checkpoint = open("hf/gqa_bf16/base");
                LanguageModel model = load(checkpoint, EngineOptions.defaults());
                LanguageModel java = Engines.named("java").load(checkpoint, EngineOptions.defaults());
                Session session = Decoding.session(model);
                Session other = Decoding.session(java)) {
            session.prefill(BatchContract.ids(40));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            session.cache().exportTo(0, 40, Channels.newChannel(bytes));
            other.cache().importFrom(Channels.newChannel(new ByteArrayInputStream(bytes.toByteArray())));
            assertSame(other.decode(5), session.decode(5));
        }
    }

    @Test
    void describe_saysWhatRunsWhere() {
        try (LanguageModel model = load("hf/gqa_bf16/base")) {
            assertThat(model.describe()).isEqualTo("pytorch: F32 weights on cpu, 1 thread");
        }
    }
}
