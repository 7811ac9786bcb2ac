package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.gguf.GgufContents;
import io.github.hanllama.core.checkpoint.gguf.GgufMetadata;
import io.github.hanllama.core.checkpoint.gguf.GgufTensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * One GGUF file, mapped and checked in full when it is opened; nothing of the data is read before it is asked for. Names
 * and the order of rows are those of the file. Thread-safe.
 *
 * <pre>{@code
 * try (GgufFile file = GgufFile.open(Path.of("model.gguf"))) {
 *     file.tensors().forEach(System.out::println);
 * }
 * }</pre>
 */
public final class GgufFile implements WeightFile {
    private final MappedFile file;
    private final GgufContents contents;
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    private final List<TensorInfo> infos;

    private GgufFile(MappedFile file, GgufContents contents) {
        this.file = file;
        this.contents = contents;
        for (GgufTensor tensor : contents.tensors()) {
            TensorInfo info = new TensorInfo(tensor.name(), tensor.shape(), tensor.dtype());
            tensors.put(tensor.name(), new MappedTensor(info, file, tensor.offset()));
        }
        this.infos = tensors.values().stream().map(Tensor::info).toList();
    }

    /**
     * Maps the file and checks its head.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when the file is missing or cannot be read
     * @throws io.github.hanllama.core.error.ModelFormatException when it is not a sound GGUF file
     * @throws io.github.hanllama.core.error.UnsupportedModelException when it is of another version or has other types
     */
    public static GgufFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            List<GgufContents> contents = new ArrayList<>(1);
            file.guard(() -> contents.add(GgufContents.read(path.toString(), file.memory())));
            return new GgufFile(file, contents.getFirst());
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return file.path();
    }

    /** The settings in its head, usable until this file is closed. */
    GgufMetadata metadata() {
        return contents.metadata();
    }

    /** Everything before the data. */
    MemorySegment head() {
        return file.memory().asSlice(0, contents.headBytes());
    }

    @Override
    public List<TensorInfo> tensors() {
        return infos;
    }

    @Override
    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    @Override
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(path() + " has no tensor " + name);
        }
        return tensor;
    }

    @Override
    public void close() {
        file.close();
    }
}
