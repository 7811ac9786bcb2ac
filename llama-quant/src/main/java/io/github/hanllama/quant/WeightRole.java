package io.github.hanllama.quant;

/** What a weight of a LLaMA does, as far as a {@link QuantRecipe} treats it in its own way. */
public enum WeightRole {
    EMBED_TOKENS,
    LM_HEAD,
    Q_PROJ,
    K_PROJ,
    V_PROJ,
    O_PROJ,
    GATE_PROJ,
    UP_PROJ,
    DOWN_PROJ,
    /** Norms and biases: one row. */
    VECTOR
}
