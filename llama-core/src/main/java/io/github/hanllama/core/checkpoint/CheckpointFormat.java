package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.source.FileRanges;
import java.util.Optional;

/** The formats of models that can be opened. */
public enum CheckpointFormat {
    /** {@code config.json} with {@code model*.safetensors}. */
    HF_SAFETENSORS("huggingface-safetensors"),
    /** {@code config.json} with {@code pytorch_model*.bin}. */
    HF_BIN("huggingface-bin"),
    /** {@code params.json} with {@code consolidated.NN.pth}. */
    META("meta"),
    /** {@code *.gguf}, one file or the parts of one. */
    GGUF("gguf"),
    /** A file of ggml, ggmf or ggjt, the formats before GGUF. */
    GGML("ggml");

    private final String label;

    CheckpointFormat(String label) {
        this.label = label;
    }

    /** The name for output that programs read. */
    public String label() {
        return label;
    }

    /** A folder that has several is read as Hugging Face's, which says most, then as Meta's. */
    static CheckpointFormat of(FileRanges files) {
        Optional<WeightFiles> weights = WeightFiles.in(files);
        if (weights.isEmpty() && MetaFolder.isIn(files)) {
            return META;
        }
        if (weights.isEmpty() && GgufFiles.isIn(files)) {
            return GGUF;
        }
        if (weights.isPresent() && GgmlModel.isIn(files, weights.get())) {
            return GGML;
        }
        return weights.orElseGet(() -> WeightFiles.find(files)).kind() == WeightKind.SAFETENSORS
                ? HF_SAFETENSORS
                : HF_BIN;
    }
}
