package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The same numbers in f32. */
record WidenedCheckpoint(Checkpoint stored) implements Checkpoint {
    private static TensorInfo widened(TensorInfo info) {
        return new TensorInfo(info.name(), info.shape(), DType.F32);
    }

    @Override
    public String origin() {
        return stored.origin();
    }

    @Override
    public LlamaConfig config() {
        return stored.config();
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return stored.tokenizer();
    }

    @Override
    public List<TensorInfo> tensors() {
        return stored.tensors().stream().map(WidenedCheckpoint::widened).toList();
    }

    @Override
    public boolean contains(String name) {
        return stored.contains(name);
    }

    @Override
    public Tensor tensor(String name) {
        Tensor tensor = stored.tensor(name);
        return MemoryTensor.of(widened(tensor.info()), Values.of(tensor));
    }

    @Override
    public List<Path> weightFiles() {
        return stored.weightFiles();
    }

    @Override
    public List<Path> companionFiles() {
        return stored.companionFiles();
    }

    @Override
    public String identity() {
        return stored.identity();
    }

    @Override
    public void close() {
        stored.close();
    }
}
