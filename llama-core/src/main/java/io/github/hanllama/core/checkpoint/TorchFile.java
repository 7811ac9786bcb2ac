package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.torch.TorchContents;
import io.github.hanllama.core.checkpoint.torch.TorchView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * One PyTorch file ({@code .bin}, {@code .pth}, {@code .pt}) with a table of tensors, in the zip format or the stacked
 * pickles before it. It is mapped and checked in full when it is opened, and nothing in it is ever run; nothing of the
 * data is read before it is asked for. Thread-safe.
 *
 * <p>A table under one customary key ({@code state_dict}, {@code model_state_dict}, {@code model}, {@code module}) is
 * found there, and the prefix {@code module.} on every name is taken off. Tensors that share data share it here too.
 *
 * <pre>{@code
 * try (TorchFile file = TorchFile.open(Path.of("adapter_model.bin"))) {
 *     file.tensors().forEach(System.out::println);
 * }
 * }</pre>
 */
public final class TorchFile implements WeightFile {
    private final MappedFile file;
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    private final List<TensorInfo> infos;

    private TorchFile(MappedFile file, List<TorchView> views) {
        this.file = file;
        for (TorchView view : views) {
            tensors.put(view.name(), tensor(file, view));
        }
        this.infos = tensors.values().stream().map(Tensor::info).toList();
    }

    /**
     * Maps the file and checks all but the values of its tensors.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when the file is missing or cannot be read
     * @throws io.github.hanllama.core.error.ModelFormatException when it is damaged, hostile or no PyTorch file
     * @throws io.github.hanllama.core.error.UnsupportedModelException when it holds other things than dense tensors
     */
    public static TorchFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            List<TorchView> views = new ArrayList<>();
            file.guard(() -> views.addAll(TorchContents.read(path.toString(), file.memory())));
            return new TorchFile(file, views);
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    private static Tensor tensor(MappedFile file, TorchView view) {
        TensorInfo info = new TensorInfo(view.name(), view.shape(), view.dtype());
        return view.isContiguous()
                ? new MappedTensor(info, file, view.offset())
                : new StridedTensor(info, file, view.offset(), view.strides());
    }

    @Override
    public Path path() {
        return file.path();
    }

    /** Every tensor, in the order of the table. */
    @Override
    public List<TensorInfo> tensors() {
        return infos;
    }

    @Override
    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    /**
     * A tensor over the mapping, usable until this file is closed. Only a contiguous one has {@link Tensor#raw()} bytes.
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
