package io.github.hanllama.core.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * One safetensors file, mapped and checked in full when it is opened; nothing of the data is read before it is asked
 * for. Thread-safe.
 *
 * <pre>{@code
 * try (SafetensorsFile file = SafetensorsFile.open(Path.of("adapter_model.safetensors"))) {
 *     file.tensors().forEach(System.out::println);
 * }
 * }</pre>
 */
public final class SafetensorsFile implements WeightFile {
    private final MappedFile file;
    private final SafetensorsHeader header;
    private final SequencedMap<String, Tensor> tensors;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header) {
        this.file = file;
        this.header = header;
        this.tensors = new LinkedHashMap<>();
        for (int i = 0; i < header.tensors().size(); i++) {
            TensorInfo info = header.tensors().get(i);
            tensors.put(
                    info.name(), new MappedTensor(info, file, header.offsets().get(i)));
        }
    }

    /**
     * Maps the file and checks its header.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when the file is missing or cannot be read
     * @throws io.github.hanllama.core.error.ModelFormatException when it is not a sound safetensors file
     */
    public static SafetensorsFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            List<SafetensorsHeader> header = new ArrayList<>(1);
            file.guard(() -> header.add(SafetensorsHeader.read(path.toString(), file.memory())));
            return new SafetensorsFile(file, header.getFirst());
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return file.path();
    }

    /** Every tensor, in the order of its data. */
    @Override
    public List<TensorInfo> tensors() {
        return header.tensors();
    }

    /** The free text of the header. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    /**
     * A tensor over the mapping, usable until this file is closed.
     *
     * @throws IllegalArgumentException when there is no tensor of this name
     */
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
