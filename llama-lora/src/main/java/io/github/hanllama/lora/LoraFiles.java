package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.SafetensorsHeader;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import java.util.List;
import java.util.Optional;

/** Which file of an adapter's folder is which. */
final class LoraFiles {
    static final String CONFIG = "config.json";
    private static final String TORCH_ENDING = ".bin";
    static final List<String> TOKENIZERS = List.of("tokenizer.model", "tokenizer.json");

    /** The first that is there counts, as in PEFT. */
    private static final List<String> WEIGHTS = List.of("adapter_model.safetensors", "adapter_model.bin");

    private static final int MAX_CONFIG_BYTES = 1 << 20;

    private LoraFiles() {}

    /** The name of the weights. */
    static String weights(FileRanges files) {
        return WEIGHTS.stream()
                .filter(files.names()::contains)
                .findFirst()
                .orElseThrow(() -> new ModelNotFoundException(files.origin() + ": no " + String.join(" or ", WEIGHTS)
                        + ", found " + Listing.of(files.names())));
    }

    /**
     * What the weights say they hold, without reading them. Empty for a PyTorch file that is not here: unlike a header
     * of safetensors its table of contents is found from the end of the whole file.
     */
    static Optional<List<TensorInfo>> tensors(FileRanges files) {
        String name = weights(files);
        if (!name.endsWith(TORCH_ENDING)) {
            return Optional.of(SafetensorsHeader.read(files, name).tensors());
        }
        if (files instanceof ModelFiles here) {
            try (WeightFile file = WeightFile.open(here, name)) {
                return Optional.of(file.tensors());
            }
        }
        return Optional.empty();
    }

    /** @param assumed for an adapter without a configuration */
    static LoraConfig config(FileRanges files, Optional<LoraConfig> assumed) {
        if (!files.names().contains(LoraConfigReader.FILE)) {
            return assumed.orElseThrow(() -> new ModelNotFoundException(files.origin() + ": no " + LoraConfigReader.FILE
                    + ", so rank and alpha are unknown; copy it from where the adapter was published, or name them with"
                    + " LoraAdapter.assuming"));
        }
        return LoraConfigReader.read(json(files, LoraConfigReader.FILE), files.origin() + "/" + LoraConfigReader.FILE);
    }

    /** A small JSON file, whole. */
    static byte[] json(FileRanges files, String name) {
        long size = files.size(name);
        if (size > MAX_CONFIG_BYTES) {
            throw new UnsupportedModelException(
                    files.origin() + "/" + name + ": expected at most " + MAX_CONFIG_BYTES + " bytes, found " + size);
        }
        return files.read(name, 0, (int) size);
    }
}
