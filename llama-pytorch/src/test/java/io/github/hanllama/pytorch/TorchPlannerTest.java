package io.github.hanllama.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.testdata.TestData;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TorchPlannerTest {
    private static final EngineOptions OPTIONS = EngineOptions.defaults();
    private static final long PLENTY = 1L << 40;
    private static final Set<TorchType> BF16 = Set.of(TorchType.BF16);

    private final Checkpoint f32 = open("hf/attn_bias/base");
    private final Checkpoint bf16 = open("hf/gqa_bf16/base");
    private final Checkpoint f16 = open("hf/lora_chinese/base");

    private static Checkpoint open(String fixture) {
        return Checkpoints.open(
                ModelSources.path(TestData.path(fixture)).resolve(ProgressListener.NONE, new Cancellation()));
    }

    private record FakeMachine(
            List<String> devices, Set<TorchType> fast, boolean integerProducts, int halfBlock, Map<String, Long> bytes)
            implements TorchPlanner.Machine {
        @Override
        public boolean packedProducts() {
            return fast.contains(TorchType.INT8);
        }

        @Override
        public Set<TorchType> packedFloats() {
            return integerProducts ? Set.of(TorchType.BF16, TorchType.F32) : Set.of();
        }

        @Override
        public long memoryBytes(String device) {
            return bytes.getOrDefault(device, PLENTY);
        }
    }

    private static FakeMachine machine(boolean fastBf16, String... devices) {
        return new FakeMachine(List.of(devices), fastBf16 ? BF16 : Set.of(), true, 32, Map.of());
    }

    private static TorchPlan plan(Checkpoint checkpoint, EngineOptions options, FakeMachine machine) {
        return new TorchPlanner(checkpoint, options, machine).plan();
    }

    @Test
    void processor_typeIsWhatItMultiplies() {
        assertThat(plan(bf16, OPTIONS, machine(true, "cpu")).type()).isEqualTo(TorchType.BF16);
        assertThat(plan(bf16, OPTIONS, machine(false, "cpu")).type()).isEqualTo(TorchType.F32);
        assertThat(plan(bf16, OPTIONS, machine(true, "cpu")).products()).isEqualTo(MatrixScript.FLOAT_PACKED);
        assertThat(plan(f32, OPTIONS, machine(true, "cpu")).products()).isEqualTo(MatrixScript.FLOAT_PACKED);
        FakeMachine without = new FakeMachine(List.of("cpu"), BF16, false, 0, Map.of());
        assertThat(plan(bf16, OPTIONS, without).products()).isEqualTo(MatrixScript.FLOAT);
        assertThat(plan(bf16, OPTIONS, machine(true, "cpu", "cuda:0")).products())
                .isEqualTo(MatrixScript.FLOAT);
        assertThat(plan(f16, OPTIONS, machine(true, "cpu")).type()).isEqualTo(TorchType.BF16);
        assertThat(plan(f32, OPTIONS, machine(true, "cpu")).type()).isEqualTo(TorchType.F32);
        assertThat(plan(bf16, OPTIONS.exactActivations(true), machine(true, "cpu"))
                        .type())
                .isEqualTo(TorchType.F32);
    }

    @Test
    void processor_blocks_areMultipliedInBytesWhereThatIsFast() {
        Checkpoint blocks = QuantizedCheckpoint.of(open("hf/wide_256/base"), QuantOptions.of(QuantRecipe.Q8_0));
        FakeMachine fast = new FakeMachine(List.of("cpu"), Set.of(TorchType.INT8), true, 32, Map.of());
        assertThat(plan(blocks, OPTIONS, fast).type()).isEqualTo(TorchType.INT8);
        assertThat(plan(blocks, OPTIONS, fast).products()).isEqualTo(MatrixScript.INT8);
        assertThat(plan(blocks, OPTIONS, fast).cacheType()).isEqualTo(TorchType.F32);
        assertThat(plan(blocks, OPTIONS.exactActivations(true), fast).type()).isEqualTo(TorchType.F32);
        assertThat(plan(blocks, OPTIONS, machine(true, "cpu")).type()).isEqualTo(TorchType.F32);
        Map<String, Long> little = Map.of("cpu", 2 * elements(blocks));
        FakeMachine integers = new FakeMachine(List.of("cpu"), Set.of(), true, 0, little);
        assertThat(plan(blocks, OPTIONS, integers).products()).isEqualTo(MatrixScript.INT8_ROWS);
        FakeMachine small = new FakeMachine(List.of("cpu"), Set.of(), false, 0, little);
        assertThat(plan(blocks, OPTIONS, small).type()).isEqualTo(TorchType.INT8);
        assertThat(plan(blocks, OPTIONS, small).products()).isEqualTo(MatrixScript.INT8_PLAIN);
    }

    @Test
    void processor_q4_0_keepsItsLevelsWhereTheOperatorTakesThem() {
        Checkpoint blocks = QuantizedCheckpoint.of(open("hf/wide_256/base"), QuantOptions.of(QuantRecipe.Q4_0));
        FakeMachine fast = new FakeMachine(List.of("cpu"), Set.of(TorchType.INT4), true, 16, Map.of());
        TorchPlan plan = plan(blocks, OPTIONS, fast);
        assertThat(plan.type()).isEqualTo(TorchType.INT4);
        assertThat(plan.halfBlock()).isEqualTo(16);
        assertThat(plan.products(Phase.GENERATED)).isEqualTo(MatrixScript.INT4);
        assertThat(plan.products(Phase.PROMPT)).isEqualTo(MatrixScript.INT4_PLAIN);
        assertThat(plan.cacheType()).isEqualTo(TorchType.F32);
        assertThat(plan(blocks, OPTIONS.exactActivations(true), fast).type()).isEqualTo(TorchType.F32);
        assertThat(plan(blocks, OPTIONS.device(new Device.Cuda(0)), machine(true, "cpu", "cuda:0"))
                        .type())
                .isEqualTo(TorchType.F16);
    }

    /** Int8 is faster for prompts and for text, int4 smaller. */
    @Test
    void processor_q4_0_isInt8WhereThatIsFastAndFits() {
        Checkpoint blocks = QuantizedCheckpoint.of(open("hf/wide_256/base"), QuantOptions.of(QuantRecipe.Q4_0));
        Set<TorchType> both = Set.of(TorchType.INT8, TorchType.INT4);
        FakeMachine large = new FakeMachine(List.of("cpu"), both, true, 32, Map.of());
        assertThat(plan(blocks, OPTIONS, large).type()).isEqualTo(TorchType.INT8);
        FakeMachine small = new FakeMachine(List.of("cpu"), both, true, 32, Map.of("cpu", elements(blocks)));
        assertThat(plan(blocks, OPTIONS, small).type()).isEqualTo(TorchType.INT4);
    }

    @Test
    void processor_q4_0_withoutTheOperator_isUnpackedForEachProductIfF32DoesNotFit() {
        Checkpoint blocks = QuantizedCheckpoint.of(open("hf/wide_256/base"), QuantOptions.of(QuantRecipe.Q4_0));
        FakeMachine large = new FakeMachine(List.of("cpu"), Set.of(), true, 0, Map.of());
        assertThat(plan(blocks, OPTIONS, large).type()).isEqualTo(TorchType.F32);
        FakeMachine small = new FakeMachine(List.of("cpu"), Set.of(), true, 0, Map.of("cpu", elements(blocks)));
        assertThat(plan(blocks, OPTIONS, small).type()).isEqualTo(TorchType.INT4);
        assertThat(plan(blocks, OPTIONS, small).products(Phase.GENERATED)).isEqualTo(MatrixScript.INT4_PLAIN);
        FakeMachine noIntegers = new FakeMachine(List.of("cpu"), Set.of(TorchType.INT4), false, 32, Map.of());
        assertThat(plan(blocks, OPTIONS, noIntegers).products()).isEqualTo(MatrixScript.INT4_PLAIN);
    }

    /** The embedding and the layers in Q4_0, the head in Q6_K. */
    @Test
    void bytes_ofInt4() {
        Checkpoint blocks = QuantizedCheckpoint.of(open("hf/wide_256/base"), QuantOptions.of(QuantRecipe.Q4_0));
        long packed = blocks.tensors().stream()
                .filter(info -> info.dtype() == DType.Q4_0)
                .mapToLong(TensorInfo::elements)
                .sum();
        long others = elements(blocks) - packed;
        assertThat(packed).isGreaterThan(others);
        assertThat(TorchMemory.weightBytes(blocks.tensors(), TorchType.INT4)).isEqualTo(packed * 11 / 16 + others);
    }

    @Test
    void processor_f32TooLarge_takesHalf() {
        long half = 2 * elements(bf16);
        FakeMachine small = new FakeMachine(List.of("cpu"), Set.of(), true, 32, Map.of("cpu", half * 3 / 2));
        assertThat(plan(bf16, OPTIONS, small).type()).isEqualTo(TorchType.BF16);
    }

    @Test
    void processor_tooSmall_isRefusedWithTheEstimate() {
        FakeMachine small = new FakeMachine(List.of("cpu"), BF16, true, 32, Map.of("cpu", 1000L));
        assertThatThrownBy(() -> plan(bf16, OPTIONS, small))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining(
                        "in BF16 take " + 2 * elements(bf16) + " bytes, more than cpu has room for (1000");
    }

    @Test
    void auto_takesTheGraphicsProcessorThatHasRoom() {
        TorchPlan plan = plan(bf16, OPTIONS, machine(true, "cpu", "cuda:0", "cuda:1"));
        assertThat(plan.devices()).isEqualTo("cuda:0");
        assertThat(plan.type()).isEqualTo(TorchType.BF16);
        assertThat(plan(f16, OPTIONS, machine(true, "cpu", "cuda:0")).type()).isEqualTo(TorchType.F16);
    }

    @Test
    void auto_spreadsLayersOverSmallOnes() {
        long all = 2 * elements(bf16);
        FakeMachine two = new FakeMachine(
                List.of("cpu", "cuda:0", "cuda:1"),
                BF16,
                true,
                32,
                Map.of("cuda:0", all * 9 / 10, "cuda:1", all * 9 / 10));
        int layers = bf16.config().numHiddenLayers();
        TorchPlan plan = plan(bf16, OPTIONS, two);
        assertThat(plan.segments()).hasSize(2);
        assertThat(plan.segments().getLast().to()).isEqualTo(layers);
        assertThat(plan.segmentOf(layers - 1)).isEqualTo(1);
        assertThat(plan.devices()).contains("layers on cuda:0, ");
    }

    @Test
    void auto_tooLargeForThem_takesTheProcessor() {
        FakeMachine small = new FakeMachine(List.of("cpu", "cuda:0"), BF16, true, 32, Map.of("cuda:0", 1000L));
        assertThat(plan(bf16, OPTIONS, small).devices()).isEqualTo("cpu");
    }

    @Test
    void cuda_isTakenOrRefused() {
        EngineOptions second = OPTIONS.device(new Device.Cuda(1));
        assertThat(plan(bf16, second, machine(true, "cpu", "cuda:0", "cuda:1")).devices())
                .isEqualTo("cuda:1");
        assertThatThrownBy(() -> plan(bf16, second, machine(true, "cpu", "cuda:0")))
                .isInstanceOf(BackendException.class)
                .hasMessage("cuda:1 does not work; this machine has [cpu, cuda:0]");
        FakeMachine small = new FakeMachine(List.of("cpu", "cuda:1"), BF16, true, 32, Map.of("cuda:1", 1000L));
        assertThatThrownBy(() -> plan(bf16, second, small))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("more than cuda:1 has room for");
    }

    @Test
    void processor_whenAskedFor_beforeTheOthers() {
        assertThat(plan(bf16, OPTIONS.device(Device.CPU), machine(true, "cpu", "cuda:0"))
                        .devices())
                .isEqualTo("cpu");
    }

    @Test
    void cache_isKeptInNoMoreThanItIsComputedIn() {
        FakeMachine cpu = machine(true, "cpu");
        assertThat(plan(bf16, OPTIONS, cpu).cacheType()).isEqualTo(TorchType.BF16);
        assertThat(plan(f32, OPTIONS, cpu).cacheType()).isEqualTo(TorchType.F32);
        assertThat(plan(f32, OPTIONS.kvType(DType.F16), cpu).cacheType()).isEqualTo(TorchType.F16);
        assertThatThrownBy(() -> plan(f32, OPTIONS.kvType(DType.Q8_0), cpu))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("in F32 or F16, not in Q8_0; the java engine does");
    }

    private static long elements(Checkpoint checkpoint) {
        return checkpoint.tensors().stream().mapToLong(TensorInfo::elements).sum();
    }
}
