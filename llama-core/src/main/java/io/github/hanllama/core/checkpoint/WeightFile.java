package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.FileFormat;
import io.github.hanllama.core.checkpoint.file.WeightKind;
import io.github.hanllama.core.checkpoint.gguf.GgufContents;
import io.github.hanllama.core.source.ModelFiles;
import java.nio.file.Path;
import java.util.List;

/**
 * One file of named tensors, of whatever format; mapped, and checked in full when it is opened. Thread-safe.
 *
 * <pre>{@code
 * try (WeightFile file = WeightFile.open(files, "adapter_model.bin")) {
 *     file.tensors().forEach(System.out::println);
 * }
 * }</pre>
 */
public sealed interface WeightFile extends AutoCloseable permits MappedWeights {
    /**
     * Opens a file as what its content is; its name must not say otherwise.
     *
     * @throws io.github.hanllama.core.error.LlamaException when it is missing, damaged, or no weights that can be read
     */
    static WeightFile open(ModelFiles files, String name) {
        FileFormat format = FileFormat.of(files, name);
        if (name.endsWith(GgufContents.SUFFIX)) {
            if (format != FileFormat.GGUF) {
                throw format.refusal(files, name, "a GGUF file");
            }
            return GgufFile.open(files.path(name));
        }
        return switch (WeightKind.of(name)) {
            case SAFETENSORS -> {
                if (format != FileFormat.SAFETENSORS && format != FileFormat.UNKNOWN) {
                    throw format.refusal(files, name, WeightKind.SAFETENSORS.words());
                }
                yield SafetensorsFile.open(files.path(name)); // says best what is wrong with an unknown one
            }
            case TORCH -> {
                if (format == FileFormat.GGUF || format == FileFormat.SAFETENSORS || format == FileFormat.HTML) {
                    throw format.refusal(files, name, WeightKind.TORCH.words());
                }
                if (format == FileFormat.GGML) {
                    yield GgmlFile.open(files.path(name));
                }
                yield files.headersOnly() ? TorchFile.outline(files.path(name)) : TorchFile.open(files.path(name));
            }
        };
    }

    Path path();

    /** Every tensor, in the order of the file. */
    List<TensorInfo> tensors();

    boolean contains(String name);

    /**
     * A tensor over the mapping, usable until this file is closed.
     *
     * @throws IllegalArgumentException when there is no tensor of this name
     */
    Tensor tensor(String name);

    @Override
    void close();
}
