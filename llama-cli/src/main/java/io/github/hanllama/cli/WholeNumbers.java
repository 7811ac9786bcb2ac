package io.github.hanllama.cli;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.quant.DType;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** How many matrices of a model lie in its files as ChatGLM's whole numbers, which a {@link Checkpoint} shows as f16. */
final class WholeNumbers {
    private WholeNumbers() {}

    /** For a verdict; nothing when there are none. */
    static String words(ModelSource source, Checkpoint checkpoint) {
        try (ModelFiles files = source.resolve(ProgressListener.NONE, new Cancellation())) {
            List<Integer> bits = checkpoint.weightFiles().stream()
                    .map(path -> Objects.requireNonNull(path.getFileName()).toString())
                    .filter(files.names()::contains)
                    .flatMap(name -> bits(files, name, checkpoint))
                    .toList();
            return bits.isEmpty()
                    ? ""
                    : ", of which " + bits.size() + " matrices are stored as whole numbers of " + bits.getFirst()
                            + " bits with a scale for each row, as ChatGLM's are";
        }
    }

    private static Stream<Integer> bits(ModelFiles files, String name, Checkpoint checkpoint) {
        try (WeightFile file = WeightFile.open(files, name)) {
            return file.tensors().stream()
                    .filter(stored -> stored.dtype() == DType.I8)
                    .map(stored -> bits(stored, checkpoint.tensor(stored.name()).info()))
                    .toList()
                    .stream();
        }
    }

    private static int bits(TensorInfo stored, TensorInfo shown) {
        return (int) (Byte.SIZE * stored.elements() / shown.elements());
    }
}
