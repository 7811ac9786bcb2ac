package io.github.hanllama.pytorch;

import ai.djl.pytorch.engine.PtNDArray;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.support.KvPart;
import io.github.hanllama.core.engine.support.KvStorage;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of one sequence: per segment one tensor (layers, 2, numKeyValueHeads, capacity, headDim). It is not
 * initialized, so the system gives memory only to positions that are written.
 */
final class TorchStorage implements KvStorage {
    private final LlamaConfig config;
    private final Torch torch;
    private final TorchPlan plan;
    private final TorchScope owner;
    private final List<PtNDArray> tensors = new ArrayList<>();

    TorchStorage(LlamaConfig config, Torch torch, TorchPlan plan, int capacity) {
        this.config = config;
        this.torch = torch;
        this.plan = plan;
        this.owner = torch.newScope();
        try {
            torch.run(() -> plan.segments()
                    .forEach(segment -> tensors.add(torch.tensors()
                            .empty(
                                    owner,
                                    plan.cacheType(),
                                    segment.device(),
                                    segment.layers(),
                                    KvPart.values().length,
                                    config.numKeyValueHeads(),
                                    capacity,
                                    config.headDim()))));
        } catch (RuntimeException | Error e) {
            free();
            throw e;
        }
    }

    /** One per segment. */
    List<PtNDArray> tensors() {
        return tensors;
    }

    void copyFrom(TorchStorage source, int length) {
        torch.call(call -> {
            for (int i = 0; i < tensors.size(); i++) {
                torch.tensors().copy(call, source.tensors.get(i), tensors.get(i), length);
            }
            return true;
        });
    }

    @Override
    public void read(int layer, KvPart part, int head, int from, int to, float[] values) {
        int segment = plan.segmentOf(layer);
        int local = layer - plan.segments().get(segment).from();
        float[] rows = torch.call(
                call -> torch.tensors().read(call, tensors.get(segment), local, part.ordinal(), head, from, to - from));
        System.arraycopy(rows, 0, values, 0, rows.length);
    }

    @Override
    public void write(int layer, KvPart part, int head, int from, int to, float[] values) {
        int segment = plan.segmentOf(layer);
        int local = layer - plan.segments().get(segment).from();
        float[] rows = new float[(to - from) * config.headDim()];
        System.arraycopy(values, 0, rows, 0, rows.length);
        torch.call(call -> {
            torch.tensors()
                    .write(
                            call,
                            tensors.get(segment),
                            local,
                            part.ordinal(),
                            head,
                            from,
                            call.floats(rows, to - from, config.headDim()));
            return true;
        });
    }

    @Override
    public void free() {
        torch.run(owner::close);
    }
}
