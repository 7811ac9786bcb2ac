package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.gguf.GgmlContents;
import io.github.hanllama.core.checkpoint.gguf.GgmlTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * One file of a format before GGUF, mapped and checked in full when it is opened. Names and the order of rows are those of
 * the file; tensors in blocks that no later format has are read as f32. Thread-safe.
 */
public final class GgmlFile implements WeightFile {
    private final MappedFile file;
    private final GgmlContents contents;
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    private final List<TensorInfo> infos;

    private GgmlFile(MappedFile file, GgmlContents contents) {
        this.file = file;
        this.contents = contents;
        contents.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor(file, tensor)));
        this.infos = tensors.values().stream().map(Tensor::info).toList();
    }

    private static Tensor tensor(MappedFile file, GgmlTensor tensor) {
        TensorInfo info = new TensorInfo(tensor.name(), tensor.shape(), tensor.dtype());
        return tensor.blocks()
                .<Tensor>map(blocks -> new GgmlBlockTensor(info, file, tensor.offset(), blocks))
                .orElseGet(() -> new MappedTensor(info, file, tensor.offset()));
    }

    /**
     * Maps the file and checks all but the values of its tensors.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when the file is missing or cannot be read
     * @throws io.github.hanllama.core.error.ModelFormatException when it is damaged or not of these formats
     * @throws io.github.hanllama.core.error.UnsupportedModelException when it has other types
     */
    public static GgmlFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            List<GgmlContents> contents = new ArrayList<>(1);
            file.guard(() -> contents.add(GgmlContents.read(path.toString(), file.memory())));
            return new GgmlFile(file, contents.getFirst());
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return file.path();
    }

    GgmlContents contents() {
        return contents;
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
