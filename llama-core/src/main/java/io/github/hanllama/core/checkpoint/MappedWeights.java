package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.MappedFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** A mapped file and the tensors in it: what the weight files of every format have in common. */
abstract sealed class MappedWeights implements WeightFile permits SafetensorsFile, TorchFile, GgufFile, GgmlFile {
    private final MappedFile file;
    private final Map<String, Tensor> tensors = new HashMap<>();
    private final List<TensorInfo> infos;

    /** @param tensors over the file, in its order */
    MappedWeights(MappedFile file, List<Tensor> tensors) {
        this.file = file;
        tensors.forEach(tensor -> this.tensors.put(tensor.info().name(), tensor));
        this.infos = tensors.stream().map(Tensor::info).toList();
    }

    /** Reads what a format has in front of its data, from the file's name for messages and its bytes. */
    @FunctionalInterface
    interface Reader<C> {
        C read(String name, MemorySegment memory);
    }

    /** Maps a file, which stays so only if it can be read. */
    static <C, F extends MappedWeights> F open(Path path, Reader<C> reader, BiFunction<MappedFile, C, F> make) {
        MappedFile file = MappedFile.open(path);
        try {
            List<C> contents = new ArrayList<>(1);
            file.guard(() -> contents.add(reader.read(path.toString(), file.memory())));
            return make.apply(file, contents.getFirst());
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    final MappedFile file() {
        return file;
    }

    @Override
    public final Path path() {
        return file.path();
    }

    @Override
    public final List<TensorInfo> tensors() {
        return infos;
    }

    @Override
    public final boolean contains(String name) {
        return tensors.containsKey(name);
    }

    @Override
    public final Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(path() + " has no tensor " + name);
        }
        return tensor;
    }

    @Override
    public final void close() {
        file.close();
    }
}
