package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.MappedFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;

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
public final class SafetensorsFile extends MappedWeights {
    private final SafetensorsHeader header;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header) {
        super(
                file,
                IntStream.range(0, header.tensors().size())
                        .<Tensor>mapToObj(i -> new MappedTensor(
                                header.tensors().get(i), file, header.offsets().get(i)))
                        .toList());
        this.header = header;
    }

    /**
     * Maps the file and checks its header.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when the file is missing or cannot be read
     * @throws io.github.hanllama.core.error.ModelFormatException when it is not a sound safetensors file
     */
    public static SafetensorsFile open(Path path) {
        return open(path, SafetensorsHeader::read, SafetensorsFile::new);
    }

    /** The free text of the header. */
    public Map<String, String> metadata() {
        return header.metadata();
    }
}
