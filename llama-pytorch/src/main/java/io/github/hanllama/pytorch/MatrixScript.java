package io.github.hanllama.pytorch;

import java.util.List;

/** How scripts multiply by a matrix (out, in) and look up rows of it. A matrix of levels is several tensors. */
enum MatrixScript {
    FLOAT(1, ""),

    /**
     * The same in the order that the processor's library wants, in the form of {@link PackedMatrices}: one token waits for memory
     * only, and prompts take as long. Two private operators, to pack and to multiply.
     */
    FLOAT_PACKED(0, """
              def product(self: __torch__.{CLASS},
                x: Tensor,
                matrix: Tensor) -> Tensor:
                return ops.mkldnn._linear_pointwise(x, matrix, None, "none", annotate(List[Optional[number]], []), "")
            """),

    /**
     * Int8 in the form of {@link PackedMatrices}: no tensor. Rounds each token to levels of its own, so that what it gives
     * depends on no other, multiplies integers and scales them, in one operator; the scales of tokens are taken out before and
     * put back after. Zeros: whatever levels 0 / 0 gets, they are multiplied by 0. The largest of a token is its distance from
     * zero, in one operator where tokens are as wide as the model; two are faster where they are wider.
     */
    INT8(0, """
              def scaled(self: __torch__.{CLASS},
                x: Tensor,
                matrix: {MATRIX},
                zeros: Tensor) -> Tuple[Tensor, Tensor]:
                if torch.eq(torch.size(x, 1), torch.size(zeros, 1)):
                  most = torch.cdist(x, zeros, float("inf"), None)
                else:
                  most = torch.amax(torch.abs(x), [-1], True)
                levels = ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(torch.div(x, most), {STEP}, 128, matrix)
                return (levels, most)
              def product(self: __torch__.{CLASS},
                x: Tensor,
                matrix: {MATRIX},
                zeros: Tensor) -> Tensor:
                levels, most, = (self).scaled(x, matrix, zeros, )
                return torch.mul_(levels, most)
              def added(self: __torch__.{CLASS},
                sum: Tensor,
                x: Tensor,
                matrix: {MATRIX},
                zeros: Tensor) -> Tensor:
                levels, most, = (self).scaled(x, matrix, zeros, )
                return torch.addcmul_(sum, levels, most)
            """) {
        @Override
        String zeros(int width) {
            return "zeros = torch.zeros([1, %d], dtype=6, layout=None, device=None, pin_memory=None)".formatted(width);
        }

        @Override
        String product(String x, List<String> matrix) {
            return "(self).product(%s, %s, zeros, )".formatted(x, matrix.getFirst());
        }

        @Override
        String added(String sum, String x, List<String> matrix) {
            return "(self).added(%s, %s, %s, zeros, )".formatted(sum, x, matrix.getFirst());
        }
    },

    /** The same levels in plain tensors, with the scale of each row, and plain steps around a private operator. */
    INT8_ROWS(2, """
              def product(self: __torch__.{CLASS},
                x: Tensor,
                levels: Tensor,
                scales: Tensor) -> Tensor:
                most = torch.amax(torch.abs(x), [-1], True)
                step = torch.clamp_min(torch.div(most, 127.), 1e-30)
                rounded = torch.to(torch.round(torch.div(x, step)), 1)
                sums = torch._int_mm(rounded, torch.t(levels))
                return torch.mul_(torch.mul_(torch.to(sums, 6), step), scales)
            """),

    /** The same tensors without the private operator: the matrix in f32, for as long as the product takes. */
    INT8_PLAIN(2, """
              def product(self: __torch__.{CLASS},
                x: Tensor,
                levels: Tensor,
                scales: Tensor) -> Tensor:
                return torch.linear(x, torch.mul(torch.to(levels, 6), torch.unsqueeze(scales, 1)))
            """),

    /** Fast for a few tokens, roughly as exact as bf16; prompts are multiplied in f32. */
    INT4(3, Int4Script.ROWS + Int4Script.PACKED) {
        @Override
        MatrixScript ofPrompts() {
            return INT4_PLAIN;
        }
    },

    /** The same tensors in f32, part by part for as long as the product takes. */
    INT4_PLAIN(3, Int4Script.ROWS + Int4Script.UNPACKED);

    /** The type of a packed matrix of levels. */
    static final String PACKED = "__torch__.torch.classes.quantized.LinearPackedParamsBase";

    private static final String STEP = Double.toString(1 / 127d);

    private final int tensors;
    private final String text;

    MatrixScript(int tensors, String text) {
        this.tensors = tensors;
        this.text = text;
    }

    /** How the tokens of prompts are multiplied, which are many. */
    MatrixScript ofPrompts() {
        return this;
    }

    /** Whether matrices are in the form of {@link PackedMatrices}. */
    boolean packs() {
        return this == INT8 || this == FLOAT_PACKED;
    }

    /** The type of what {@link PackedMatrices#list} is a list of. */
    String packedType() {
        return this == INT8 ? PACKED : "Tensor";
    }

    /** How many tensors a matrix is; none where it is packed. */
    int tensors() {
        return tensors;
    }

    /**
     * A statement before the first product, which may use what it makes; empty where none is needed.
     *
     * @param width of most that is multiplied
     */
    String zeros(int width) {
        return "";
    }

    /** Methods that the expressions call, for a class of that name. */
    String text(String className) {
        return text.replace("{CLASS}", className).replace("{MATRIX}", PACKED).replace("{STEP}", STEP);
    }

    /** The expression for a product (tokens, out). */
    String product(String x, List<String> matrix) {
        return this == FLOAT
                ? "torch.linear(%s, %s)".formatted(x, matrix.getFirst())
                : "(self).product(%s, %s, )".formatted(x, String.join(", ", matrix));
    }

    String product(String x, List<String> matrix, String bias) {
        return this == FLOAT
                ? "torch.linear(%s, %s, %s)".formatted(x, matrix.getFirst(), bias)
                : "torch.add_(%s, %s)".formatted(product(x, matrix), bias);
    }

    /** The expression for a product that is added to {@code sum} in place. */
    String added(String sum, String x, List<String> matrix) {
        return "torch.add_(%s, %s)".formatted(sum, product(x, matrix));
    }

    /** The expression for rows by their indices. */
    String rows(String matrix, String ids) {
        return switch (this) {
            case FLOAT, FLOAT_PACKED -> "torch.embedding(%s[0], %s)".formatted(matrix, ids);
            case INT8, INT8_ROWS, INT8_PLAIN ->
                "torch.mul(torch.index_select(%1$s[0], 0, %2$s), torch.unsqueeze(torch.index_select(%1$s[1], 0, %2$s), 1))"
                        .formatted(matrix, ids);
            case INT4, INT4_PLAIN -> "(self).rows(%1$s[0], %1$s[1], %2$s, )".formatted(matrix, ids);
        };
    }
}
