package io.github.hanllama.core.checkpoint;

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
}
