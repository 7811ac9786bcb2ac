package io.github.hanllama.quant;

/**
 * Which tensor of a model gets which type, under the names and by the rules of llama.cpp for its {@code llama}
 * architecture ({@code src/llama-quant.cpp}, {@code llama_tensor_get_type_impl} at commit 007dbbf): matrices get the type
 * in the name, except where a few bits more buy much. Vectors are always f32.
 *
 * <pre>{@code
 * QuantizedModel model = new QuantizedModel(32, 32, 32, false, false);
 * TypeChoice choice = QuantRecipe.Q4_K_M.choose(new WeightPlace(WeightRole.DOWN_PROJ, 0), 11008, model); // Q6_K
 * }</pre>
 */
public enum QuantRecipe {
    F32(DType.F32),
    F16(DType.F16),
    BF16(DType.BF16),
    Q8_0(DType.Q8_0),
    Q4_0(DType.Q4_0),
    Q4_1(DType.Q4_1),
    Q5_0(DType.Q5_0),
    Q5_1(DType.Q5_1),
    Q2_K(DType.Q2_K),
    Q3_K_S(DType.Q3_K),
    Q3_K_M(DType.Q3_K),
    Q3_K_L(DType.Q3_K),
    Q4_K_S(DType.Q4_K),
    Q4_K_M(DType.Q4_K),
    Q5_K_S(DType.Q5_K),
    Q5_K_M(DType.Q5_K),
    Q6_K(DType.Q6_K);

    private static final int MANY_GROUPS = 4;

    private final DType type;

    QuantRecipe(DType type) {
        this.type = type;
    }

    /** The type of what no rule is about. */
    public DType type() {
        return type;
    }

    /** The type of a tensor with rows of so many columns. */
    public TypeChoice choose(WeightPlace place, long columns, QuantizedModel model) {
        if (place.role() == WeightRole.VECTOR) {
            return TypeChoice.of(DType.F32);
        }
        return TypeChoice.fitting(type.isBlocks() ? wanted(place, model) : type, columns);
    }

    private DType wanted(WeightPlace place, QuantizedModel model) {
        return switch (place.role()) {
            case LM_HEAD -> head();
            case EMBED_TOKENS -> model.tieWordEmbeddings() ? head() : type;
            case V_PROJ -> values(place.layer(), model);
            case O_PROJ -> attentionOutput();
            case DOWN_PROJ -> down(place.layer(), model);
            case Q_PROJ, K_PROJ, GATE_PROJ, UP_PROJ, VECTOR -> type;
        };
    }

    private DType head() {
        return this == Q8_0 ? type : DType.Q6_K;
    }

    private DType values(int layer, QuantizedModel model) {
        DType wanted =
                switch (this) {
                    case Q2_K -> model.numKeyValueGroups() >= MANY_GROUPS ? DType.Q4_K : DType.Q3_K;
                    case Q3_K_M -> layer < 2 ? DType.Q5_K : DType.Q4_K;
                    case Q3_K_L -> DType.Q5_K;
                    case Q4_K_S -> layer < 4 ? DType.Q5_K : type;
                    case Q4_K_M, Q5_K_M -> model.isDelicate(layer) ? DType.Q6_K : type;
                    default -> type;
                };
        boolean raised = model.hasSmallValues() && (wanted == DType.Q3_K || wanted == DType.Q4_K);
        return raised ? DType.Q5_K : wanted;
    }

    private DType attentionOutput() {
        return switch (this) {
            case Q2_K -> DType.Q3_K;
            case Q3_K_M -> DType.Q4_K;
            case Q3_K_L -> DType.Q5_K;
            default -> type;
        };
    }

    private DType down(int layer, QuantizedModel model) {
        return switch (this) {
            case Q2_K -> DType.Q3_K;
            case Q3_K_M -> model.isEarly(layer, 16) ? DType.Q5_K : DType.Q4_K;
            case Q3_K_L -> DType.Q5_K;
            case Q4_K_S -> model.isEarly(layer, 8) ? DType.Q5_K : type;
            case Q4_K_M, Q5_K_M -> model.isDelicate(layer) ? DType.Q6_K : type;
            // weighted search may go astray in the first layers of these two
            case Q4_0 -> model.importanceMatrix() && model.isEarly(layer, 8) ? DType.Q4_1 : type;
            case Q5_0 -> model.importanceMatrix() && model.isEarly(layer, 8) ? DType.Q5_1 : type;
            default -> type;
        };
    }
}
