package io.github.hanllama.pytorch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.core.engine.Session;
import io.github.hanllama.core.engine.support.EngineModel;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What libtorch's own profiler sees of a layer: on a graphics processor each of these is at least one launch. */
class OperatorCountTest {
    private static final EngineOptions OPTIONS = EngineOptions.defaults().threads(1);
    /** These compute nothing: they look at memory in another way, or ask for some. */
    private static final Set<String> FREE = Set.of(
            "as_strided",
            "chunk",
            "empty",
            "empty_like",
            "empty_strided",
            "expand",
            "linear",
            "narrow",
            "permute",
            "reshape",
            "resolve_conj",
            "resolve_neg",
            "result_type",
            "select",
            "slice",
            "split",
            "stack",
            "t",
            "to",
            "transpose",
            "unsqueeze",
            "view",
            "_unsafe_view",
            "_reshape_alias");

    @TempDir
    private Path folder;

    private final Checkpoint checkpoint = Checkpoints.open(
            ModelSources.path(TestData.path("hf/wide_256/base")).resolve(ProgressListener.NONE, new Cancellation()));

    @Test
    void generatedToken_inF32() {
        assertThat(perLayer(TorchType.F32, MatrixScript.FLOAT, 1)).isBetween(17, 20);
    }

    @Test
    void prompt_inF32() {
        assertThat(perLayer(TorchType.F32, MatrixScript.FLOAT, 5)).isBetween(17, 20);
    }

    /** Rounds what goes into the four matrices and into attention. */
    @Test
    void generatedToken_inBf16() {
        assertThat(perLayer(TorchType.BF16, MatrixScript.FLOAT, 1)).isLessThanOrEqualTo(30);
    }

    @Test
    void prompt_inBf16() {
        assertThat(perLayer(TorchType.BF16, MatrixScript.FLOAT, 5)).isLessThanOrEqualTo(30);
    }

    @Test
    void packedFloats_areNoMore() {
        for (TorchType type : Libtorch.require().packedFloats()) {
            assertThat(perLayer(type, MatrixScript.FLOAT_PACKED, 1)).isLessThanOrEqualTo(30);
            assertThat(perLayer(type, MatrixScript.FLOAT_PACKED, 5)).isLessThanOrEqualTo(30);
        }
    }

    /** Finding the scale of what goes into a matrix, dividing by it and multiplying by it; the last is part of adding where something is added. */
    @Test
    void generatedToken_inInt8() {
        assertThat(perLayer(TorchType.INT8, MatrixScript.INT8, 1, Phase.GENERATED))
                .isBetween(27, 30);
    }

    @Test
    void prompt_inInt8() {
        assertThat(perLayer(TorchType.INT8, MatrixScript.INT8, 5)).isBetween(29, 30);
    }

    /** Rounding what goes into the operator and what comes out is two more for each of four matrices. */
    @Test
    void generatedToken_inInt4() {
        assertThat(perLayer(TorchType.INT4, MatrixScript.INT4, 1, Phase.GENERATED))
                .isBetween(24, 30);
    }

    /** Of a pass of a prompt after others. */
    private int perLayer(TorchType type, MatrixScript products, int tokens) {
        return perLayer(type, products, tokens, Phase.PROMPT);
    }

    private int perLayer(TorchType type, MatrixScript products, int tokens, Phase phase) {
        List<TorchPlan.Segment> all =
                List.of(new TorchPlan.Segment("cpu", 0, checkpoint.config().numHiddenLayers()));
        TorchPlan plan = new TorchPlan(type, products, Int4Script.HALF_BLOCK, type.computed(), all);
        Torch torch = new Torch(Libtorch.require().engine(), 1);
        try (LanguageModel model = new EngineModel<>(
                        checkpoint,
                        "profiled",
                        new TorchDecoder(
                                checkpoint.config(),
                                torch,
                                plan,
                                new TorchWeights(stored(type), OPTIONS, torch, plan),
                                TorchDecoder.LIMITS),
                        Long.MAX_VALUE);
                Session session = model.newSession(32)) {
            session.prefill(1, 2, 3);
            run(model, session, phase, tokens); // first passes compile
            Path trace = folder.resolve("trace.json");
            torch.run(() -> JniUtils.startProfile(false, false, false));
            run(model, session, phase, tokens);
            torch.run(() -> JniUtils.stopProfile(trace.toString()));
            return working(trace) / checkpoint.config().numHiddenLayers();
        }
    }

    /** Such that the type keeps it. */
    private Checkpoint stored(TorchType type) {
        return type == TorchType.INT4
                ? QuantizedCheckpoint.of(checkpoint, QuantOptions.of(QuantRecipe.Q4_0))
                : checkpoint;
    }

    private static void run(LanguageModel model, Session session, Phase phase, int tokens) {
        int[] ids = new int[tokens];
        BatchRow row = phase == Phase.PROMPT
                ? BatchRow.prompt(session.cache(), ids)
                : BatchRow.generated(session.cache(), ids);
        model.forward(Batch.of(row), (index, position, output, values) -> {}).requireCompleted();
    }

    /** An operator in the layers, in microseconds. */
    private record Span(String name, double start, double end) {
        boolean holds(Span other) {
            return this != other && start <= other.start && other.end <= end;
        }

        boolean works() {
            return name.startsWith("quantized::")
                    || name.startsWith("aten::") && !FREE.contains(name.substring("aten::".length()));
        }
    }

    /** Operators that work and are not made of others that do. */
    private static int working(Path trace) {
        List<Span> spans = new ArrayList<>();
        for (JsonNode event : read(trace)) {
            double start = event.get("ts").asDouble();
            spans.add(new Span(
                    event.get("name").asText(), start, start + event.get("dur").asDouble()));
        }
        Span layers = first(spans, "layers");
        double begin = first(spans, "norm").start; // what is done once for all layers comes before
        List<Span> working = spans.stream()
                .filter(span -> layers.holds(span) && span.start >= begin && span.works())
                .toList();
        return Math.toIntExact(working.stream()
                .filter(span -> working.stream().noneMatch(span::holds))
                .count());
    }

    private static Span first(List<Span> spans, String name) {
        return spans.stream()
                .filter(span -> span.name.equals(name))
                .min(Comparator.comparingDouble(Span::start))
                .orElseThrow();
    }

    private static JsonNode read(Path trace) {
        try {
            return new ObjectMapper().readTree(trace.toFile());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
