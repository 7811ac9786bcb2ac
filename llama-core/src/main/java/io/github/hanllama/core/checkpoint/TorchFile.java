package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.MappedFile;
import io.github.hanllama.core.checkpoint.torch.TorchContents;
import io.github.hanllama.core.checkpoint.torch.TorchView;
import java.nio.file.Path;
import java.util.List;

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
public final class TorchFile extends MappedWeights {
    private TorchFile(MappedFile file, List<TorchView> views) {
        super(file, views.stream().map(view -> tensor(file, view)).toList());
    }

    /**
     * Maps the file and checks all but the values of its tensors.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when the file is missing or cannot be read
     * @throws io.github.hanllama.core.error.ModelFormatException when it is damaged, hostile or no PyTorch file
     * @throws io.github.hanllama.core.error.UnsupportedModelException when it holds other things than dense tensors
     */
    public static TorchFile open(Path path) {
        return open(path, TorchContents::read, TorchFile::new);
    }

    /** As {@link #open}, of a file in which zeros take the place of the data. */
    static TorchFile outline(Path path) {
        return open(path, TorchContents::outline, TorchFile::new);
    }

    private static Tensor tensor(MappedFile file, TorchView view) {
        TensorInfo info = new TensorInfo(view.name(), view.shape(), view.dtype());
        return view.isContiguous()
                ? new MappedTensor(info, file, view.offset())
                : new StridedTensor(info, file, view.offset(), view.strides());
    }
}
