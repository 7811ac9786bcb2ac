package io.github.hanllama.lora;

import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.FileRanges;
import java.util.List;
import java.util.Optional;

/** Which file of an adapter's folder is which. */
final class LoraFiles {
    static final String CONFIG = "config.json";
    static final List<String> TOKENIZERS = List.of("tokenizer.model", "tokenizer.json");

    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final int MAX_CONFIG_BYTES = 1 << 20;

    private LoraFiles() {}

    /** The name of the weights. */
    static String weights(FileRanges files) {
        if (files.names().contains(WEIGHTS)) {
            return WEIGHTS;
        }
        if (files.names().contains("adapter_model.bin")) {
            throw new UnsupportedModelException(files.origin() + ": adapter_model.bin is a PyTorch pickle, which this"
                    + " version does not read; save the adapter as " + WEIGHTS);
        }
        throw new ModelNotFoundException(files.origin() + ": no " + WEIGHTS + ", found " + Listing.of(files.names()));
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
