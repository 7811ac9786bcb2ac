package io.github.hanllama.lora;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorFolder;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.quant.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedMap;

/** An adapter in the making: factors of what is linear, and what else changes whole. */
final class AdapterDraft {
    private static final String PREFIX = "base_model.model.";
    private static final String BIAS = ".bias";

    private final List<ChangeReport> reports = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private final SequencedMap<String, Integer> ranks = new LinkedHashMap<>(); // by module
    private final List<String> wholes = new ArrayList<>(); // modules
    private final List<Tensor> biases = new ArrayList<>(); // by their names in the model

    /** @param rank of the pairs; without one that of what is added */
    AdapterDraft(Checkpoint base, SequencedMap<String, Change> changes, OptionalInt rank, Cancellation cancellation) {
        if (rank.isEmpty()) {
            changes.values().forEach(AdapterDraft::requireSmallRank);
        }
        List<Part> parts = changes.values().parallelStream()
                .map(change -> {
                    cancellation.throwIfCancelled();
                    return part(change, base, rank);
                })
                .toList();
        parts.forEach(this::add);
    }

    /** What one tensor becomes. */
    private record Part(ChangeReport report, List<Tensor> tensors) {}

    private static void requireSmallRank(Change change) {
        Delta delta = change.delta();
        if (delta.isLinear() && delta.rank() >= Math.min(delta.rowCount(), delta.columns())) {
            throw new IllegalArgumentException(
                    delta.name() + ": what is added has no smaller rank than the matrix; name the rank to keep of it");
        }
    }

    private static Part part(Change change, Checkpoint base, OptionalInt rank) {
        Delta delta = change.delta();
        double weight = Norm.of(base.tensor(delta.name()));
        if (!delta.isLinear()) {
            double norm = Norm.of(delta);
            ChangeReport report = new ChangeReport(delta.name(), norm, norm / weight, 0, 0, 0);
            return new Part(report, norm == 0 ? List.of() : List.of(whole(change)));
        }
        LowRankApproximation.Result pair = LowRankApproximation.of(delta, rank.orElse(delta.rank()));
        double effective = ChangeReport.effectiveRank(pair.singularValues());
        ChangeReport report =
                new ChangeReport(delta.name(), pair.norm(), pair.norm() / weight, effective, pair.rank(), pair.error());
        return new Part(report, pair.norm() == 0 ? List.of() : factors(delta, pair));
    }

    private static Tensor whole(Change change) {
        String name = change.delta().name();
        return NamedTensor.of(name.endsWith(BIAS) ? name : PREFIX + name, change.result());
    }

    /** As PEFT names them: of a layer with a pair that of the layer inside. */
    private Tensor bias(Tensor tensor) {
        String module = AdapterKey.module(tensor.info().name());
        return NamedTensor.of(PREFIX + module + (ranks.containsKey(module) ? ".base_layer" : "") + BIAS, tensor);
    }

    private static List<Tensor> factors(Delta delta, LowRankApproximation.Result pair) {
        String module = PREFIX + AdapterKey.module(delta.name());
        long rank = pair.rank();
        List<Long> shapeOfA = List.of(rank, (long) delta.columns());
        List<Long> shapeOfB = List.of(delta.rowCount(), rank);
        return List.of(
                new ArrayTensor(new TensorInfo(module + ".lora_A.weight", shapeOfA, DType.F32), pair.a()),
                new ArrayTensor(new TensorInfo(module + ".lora_B.weight", shapeOfB, DType.F32), pair.b()));
    }

    private void add(Part part) {
        if (part.tensors.isEmpty()) {
            return; // nothing is added to it
        }
        reports.add(part.report);
        if (part.report.tensor().endsWith(BIAS)) {
            biases.addAll(part.tensors);
            return;
        }
        tensors.addAll(part.tensors);
        String module = AdapterKey.module(part.report.tensor());
        if (part.report.rank() > 0) {
            ranks.put(module, part.report.rank());
        } else {
            wholes.add(module);
        }
    }

    List<ChangeReport> reports() {
        return List.copyOf(reports);
    }

    void write(Path folder, Surroundings surroundings, WriteOptions options) {
        List<Tensor> all = new ArrayList<>(tensors);
        biases.forEach(tensor -> all.add(bias(tensor)));
        if (all.isEmpty()) {
            throw new IllegalArgumentException(
                    surroundings.origin() + ": nothing is added, so there is no adapter to write");
        }
        TensorFolder.write(
                folder,
                "adapter_model.safetensors",
                all,
                Map.of(LoraConfigReader.FILE, PrettyJson.print(config())),
                surroundings.own(),
                options);
    }

    /** Every pair has scale 1: alpha is the rank. */
    private ObjectNode config() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        int largest = ranks.values().stream().mapToInt(Integer::intValue).max().orElse(1);
        json.put("peft_type", "LORA").put("task_type", "CAUSAL_LM").putNull("base_model_name_or_path");
        json.put("inference_mode", true)
                .put("r", largest)
                .put("lora_alpha", largest)
                .put("lora_dropout", 0.0);
        json.put("bias", biases.isEmpty() ? "none" : "all")
                .put("fan_in_fan_out", false)
                .put("use_rslora", false)
                .put("use_dora", false);
        ranks.keySet().forEach(json.putArray("target_modules")::add);
        ObjectNode rankPattern = json.putObject("rank_pattern");
        ObjectNode alphaPattern = json.putObject("alpha_pattern");
        ranks.forEach((module, rank) -> {
            if (rank != largest) {
                rankPattern.put(module, rank);
                alphaPattern.put(module, rank);
            }
        });
        if (!wholes.isEmpty()) {
            wholes.stream().distinct().forEach(json.putArray("modules_to_save")::add);
        }
        return json;
    }
}
