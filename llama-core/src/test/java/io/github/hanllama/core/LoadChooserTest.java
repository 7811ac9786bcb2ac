package io.github.hanllama.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.SyntheticCheckpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.engine.cpu.JavaEngine;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.fake.FakeModel;
import io.github.hanllama.core.plan.LoadChoice;
import io.github.hanllama.core.plan.LoadPlan;
import io.github.hanllama.core.plan.MemoryOption;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadChooserTest {
    private static final long GIGA = 1_000_000_000;

    /** LLaMA 7B. */
    private static final LlamaConfig LLAMA = config(4096, 11008, 32, 32, 32000, 4096);

    private static final LlamaConfig SMALL = config(256, 2048, 2, 4, 300, 256);

    private final List<MemoryOption> options = new MemoryTable(
                    new JavaEngine(), EngineOptions.defaults().threads(4))
            .of(SyntheticCheckpoint.of(LLAMA, info -> DType.F16), Optional.empty());

    private static LlamaConfig config(int hidden, int inner, int layers, int heads, int vocabulary, int positions) {
        return LlamaConfig.builder()
                .hiddenSize(hidden)
                .intermediateSize(inner)
                .numHiddenLayers(layers)
                .numAttentionHeads(heads)
                .numKeyValueHeads(heads)
                .headDim(hidden / heads)
                .vocabSize(vocabulary)
                .maxPositionEmbeddings(positions)
                .build();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "18.5, -, F32, 4096", // everything as it is
                "16, -, F16, 4096", // first the cache gives way
                "15, -, Q8_0, 4096",
                "12, Q8_0, F32, 4096", // then the weights, the cache as good as they let it
                "10, Q8_0, F16, 4096",
                "8.8, Q8_0, Q8_0, 4096",
                "8.0, Q6_K, F16, 4096",
                "6.3, Q5_K_M, Q8_0, 4096",
                "5.6, Q4_K_M, Q8_0, 4096",
                "5.0, Q3_K_M, Q8_0, 4096",
                "4.5, Q3_K_M, Q8_0, 2816", // last the context
                "3.84, Q3_K_M, Q8_0, 512"
            })
    void memoryShrinks_contextLast(double gigabytes, QuantRecipe recipe, DType kvType, int context) {
        long most = (long) (gigabytes * GIGA);

        LoadChoice choice = new LoadChooser(4096, false, Optional.empty())
                .within(most, options)
                .orElseThrow();

        assertThat(choice.option().recipe()).isEqualTo(Optional.ofNullable(recipe));
        assertThat(choice.option().kvType()).isEqualTo(kvType);
        assertThat(choice.maxSequenceLength()).isEqualTo(context);
        assertThat(choice.peakBytes()).isLessThanOrEqualTo(most);
    }

    @Test
    void lessThanTheLeast_nothing() {
        LoadChooser chooser = new LoadChooser(4096, false, Optional.empty());

        assertThat(chooser.within(3 * GIGA, options)).isEmpty();
        LoadChoice closest = chooser.closest(options).orElseThrow();
        assertThat(closest.maxSequenceLength()).isEqualTo(LoadChooser.MIN_CONTEXT);
        assertThat(chooser.within(closest.peakBytes(), options)).isPresent();
        assertThat(chooser.within(closest.peakBytes() - 1, options)).isEmpty();
    }

    @Test
    void whatIsSet_stays() {
        assertThat(new LoadChooser(4096, true, Optional.empty()).within(4_500_000_000L, options))
                .isEmpty();
        assertThat(new LoadChooser(4096, false, Optional.of(DType.F32)).within(10 * GIGA, options))
                .hasValueSatisfying(choice -> {
                    assertThat(choice.option().kvType()).isEqualTo(DType.F32);
                    assertThat(choice.option().recipe()).contains(QuantRecipe.Q5_K_M);
                });
    }

    @Test
    void modelInFewBits_isNotBlownUp() {
        List<MemoryOption> few = new MemoryTable(new JavaEngine(), EngineOptions.defaults())
                .of(SyntheticCheckpoint.of(LLAMA, info -> DType.Q4_K), Optional.empty());

        assertThat(few.stream().flatMap(option -> option.recipe().stream()).distinct())
                .containsExactly(QuantRecipe.Q3_K_M);
    }

    @Test
    void load_doesWhatThePlanSays() {
        AtomicReference<EngineOptions> seen = new AtomicReference<>();
        List<DType> types = new ArrayList<>();
        LlamaBuilder builder = small().engine(EngineChoice.of(new JavaEngineSpy((checkpoint, loading) -> {
            seen.set(loading);
            checkpoint.tensors().forEach(info -> types.add(info.dtype()));
            return FakeModel.babbling(SMALL.vocabSize());
        })));
        MemoryOption wanted = builder.plan().memory().stream()
                .filter(option -> option.recipe().equals(Optional.of(QuantRecipe.Q6_K)))
                .filter(option -> option.kvType() == DType.F16)
                .findFirst()
                .orElseThrow();
        long most = wanted.memory().peakBytes(256);

        builder.maxMemory(most).load().close();

        assertThat(seen.get().kvType()).isEqualTo(DType.F16);
        assertThat(seen.get().maxKvBytes()).isEqualTo(wanted.memory().cacheBytes(256));
        assertThat(types).contains(DType.Q6_K).doesNotContain(DType.F16, DType.Q8_0);
    }

    /** Says what the java engine says, and loads nothing. */
    private record JavaEngineSpy(BiFunction<Checkpoint, EngineOptions, LanguageModel> loader) implements Engine {
        @Override
        public String name() {
            return "java";
        }

        @Override
        public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
            return loader.apply(checkpoint, options);
        }

        @Override
        public List<MemoryEstimate> memory(Checkpoint checkpoint, EngineOptions options) {
            return new JavaEngine().memory(checkpoint, options);
        }
    }

    @Test
    void load_recipeThatIsSet_isNotOverridden() {
        LoadPlan plan = small().quantize(QuantRecipe.Q8_0).maxMemory(10 * GIGA).plan();

        assertThat(plan.memory())
                .allSatisfy(option -> assertThat(option.recipe()).contains(QuantRecipe.Q8_0));
        assertThat(plan.choice().orElseThrow().option().weights()).isEqualTo("Q8_0");
    }

    @Test
    void load_thatCannotFit_saysWhatIsClosest() {
        LlamaBuilder builder = small().maxSequenceLength(700).kvType(DType.F16).maxMemory(10_000_000);

        assertThat(builder.plan().fits()).isFalse();
        assertThatThrownBy(builder::load)
                .isInstanceOf(BackendException.class)
                .hasMessageStartingWith("does not fit 10.0 MB: what takes least (java, ")
                .hasMessageContaining("keys and values in F16, a context of 700 tokens")
                .hasMessageContaining("; you have set caches in F16, the context; ");
    }

    private static LlamaBuilder small() {
        return Llama.from(() -> SyntheticCheckpoint.of(SMALL, info -> DType.F16));
    }
}
