package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TorchFile;
import java.nio.file.Path;
import java.util.List;

/** The file with an adapter's tensors, mapped, in either of the formats PEFT writes. Thread-safe. */
sealed interface AdapterFile extends AutoCloseable {
    /** The ending decides; a file of the other format is refused by its reader. */
    static AdapterFile open(Path path) {
        return path.toString().endsWith(LoraFiles.TORCH_ENDING)
                ? new Torch(TorchFile.open(path))
                : new Safetensors(SafetensorsFile.open(path));
    }

    Path path();

    List<TensorInfo> tensors();

    Tensor tensor(String name);

    @Override
    void close();

    /** {@code adapter_model.safetensors}, of PEFT since 0.6. */
    record Safetensors(SafetensorsFile file) implements AdapterFile {
        @Override
        public Path path() {
            return file.path();
        }

        @Override
        public List<TensorInfo> tensors() {
            return file.tensors();
        }

        @Override
        public Tensor tensor(String name) {
            return file.tensor(name);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    /** {@code adapter_model.bin}, a zip archive or, before that, pickles one after the other. */
    record Torch(TorchFile file) implements AdapterFile {
        @Override
        public Path path() {
            return file.path();
        }

        @Override
        public List<TensorInfo> tensors() {
            return file.tensors();
        }

        @Override
        public Tensor tensor(String name) {
            return file.tensor(name);
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
