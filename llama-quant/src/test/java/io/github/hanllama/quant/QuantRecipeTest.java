package io.github.hanllama.quant;

import static io.github.hanllama.quant.WeightRole.DOWN_PROJ;
import static io.github.hanllama.quant.WeightRole.EMBED_TOKENS;
import static io.github.hanllama.quant.WeightRole.GATE_PROJ;
import static io.github.hanllama.quant.WeightRole.K_PROJ;
import static io.github.hanllama.quant.WeightRole.LM_HEAD;
import static io.github.hanllama.quant.WeightRole.O_PROJ;
import static io.github.hanllama.quant.WeightRole.Q_PROJ;
import static io.github.hanllama.quant.WeightRole.UP_PROJ;
import static io.github.hanllama.quant.WeightRole.V_PROJ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Expectations are read off llama.cpp's rules by hand, layer by layer, or off a file it wrote. */
class QuantRecipeTest {
    private static final QuantizedModel SEVEN = new QuantizedModel(32, 32, 32, false, false);
    private static final QuantizedModel THIRTEEN = new QuantizedModel(40, 40, 40, false, false);
    private static final QuantizedModel SEVENTY = new QuantizedModel(80, 64, 8, false, false);
    private static final QuantizedModel EIGHT = new QuantizedModel(32, 32, 8, false, false);
    private static final QuantizedModel TWO_LAYERS = new QuantizedModel(2, 8, 4, false, false);

    @ParameterizedTest
    @CsvSource({
        // recipe, embed_tokens, lm_head, q, k, o, gate, up
        "F32, F32, F32, F32, F32, F32, F32, F32",
        "F16, F16, F16, F16, F16, F16, F16, F16",
        "BF16, BF16, BF16, BF16, BF16, BF16, BF16, BF16",
        "Q8_0, Q8_0, Q8_0, Q8_0, Q8_0, Q8_0, Q8_0, Q8_0",
        "Q4_0, Q4_0, Q6_K, Q4_0, Q4_0, Q4_0, Q4_0, Q4_0",
        "Q4_1, Q4_1, Q6_K, Q4_1, Q4_1, Q4_1, Q4_1, Q4_1",
        "Q5_0, Q5_0, Q6_K, Q5_0, Q5_0, Q5_0, Q5_0, Q5_0",
        "Q5_1, Q5_1, Q6_K, Q5_1, Q5_1, Q5_1, Q5_1, Q5_1",
        "Q2_K, Q2_K, Q6_K, Q2_K, Q2_K, Q3_K, Q2_K, Q2_K",
        "Q3_K_S, Q3_K, Q6_K, Q3_K, Q3_K, Q3_K, Q3_K, Q3_K",
        "Q3_K_M, Q3_K, Q6_K, Q3_K, Q3_K, Q4_K, Q3_K, Q3_K",
        "Q3_K_L, Q3_K, Q6_K, Q3_K, Q3_K, Q5_K, Q3_K, Q3_K",
        "Q4_K_S, Q4_K, Q6_K, Q4_K, Q4_K, Q4_K, Q4_K, Q4_K",
        "Q4_K_M, Q4_K, Q6_K, Q4_K, Q4_K, Q4_K, Q4_K, Q4_K",
        "Q5_K_S, Q5_K, Q6_K, Q5_K, Q5_K, Q5_K, Q5_K, Q5_K",
        "Q5_K_M, Q5_K, Q6_K, Q5_K, Q5_K, Q5_K, Q5_K, Q5_K",
        "Q6_K, Q6_K, Q6_K, Q6_K, Q6_K, Q6_K, Q6_K, Q6_K",
    })
    void choose_whatNoLayerChanges(
            QuantRecipe recipe, DType embedding, DType head, DType q, DType k, DType o, DType gate, DType up) {
        for (QuantizedModel model : Set.of(SEVEN, THIRTEEN, SEVENTY, EIGHT)) {
            assertThat(choose(recipe, EMBED_TOKENS, 0, model)).isEqualTo(embedding);
            assertThat(choose(recipe, LM_HEAD, 0, model)).isEqualTo(head);
            assertThat(types(recipe, Q_PROJ, model)).containsExactly(q);
            assertThat(types(recipe, K_PROJ, model)).containsExactly(k);
            assertThat(types(recipe, O_PROJ, model)).containsExactly(o);
            assertThat(types(recipe, GATE_PROJ, model)).containsExactly(gate);
            assertThat(types(recipe, UP_PROJ, model)).containsExactly(up);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Q8_0, '8:0-31', '8:0-31'",
        "Q4_0, '4_0:0-31', '4_0:0-31'",
        "Q2_K, '3:0-31', '3:0-31'",
        "Q3_K_S, '3:0-31', '3:0-31'",
        "Q3_K_M, '5:0-1 4:2-31', '5:0-1 4:2-31'",
        "Q3_K_L, '5:0-31', '5:0-31'",
        "Q4_K_S, '5:0-3 4:4-31', '5:0-3 4:4-31'",
        "Q4_K_M, '6:0-3 4:4-5 6:6 4:7-8 6:9 4:10-11 6:12 4:13-14 6:15 4:16-17 6:18 4:19-20 6:21 4:22-23 6:24"
                + " 4:25-26 6:27-31', same",
        "Q5_K_S, '5:0-31', '5:0-31'",
        "Q5_K_M, '6:0-3 5:4-5 6:6 5:7-8 6:9 5:10-11 6:12 5:13-14 6:15 5:16-17 6:18 5:19-20 6:21 5:22-23 6:24"
                + " 5:25-26 6:27-31', same",
        "Q6_K, '6:0-31', '6:0-31'",
    })
    void choose_sevenBillion(QuantRecipe recipe, String values, String down) {
        assertThat(runs(recipe, V_PROJ, SEVEN)).isEqualTo(values);
        assertThat(runs(recipe, DOWN_PROJ, SEVEN)).isEqualTo(down.equals("same") ? values : down);
    }

    @ParameterizedTest
    @CsvSource({
        "Q2_K, '3:0-39', '3:0-39'",
        "Q3_K_M, '5:0-1 4:2-39', '5:0-1 4:2-39'",
        "Q4_K_S, '5:0-3 4:4-39', '5:0-4 4:5-39'",
        "Q4_K_M, '6:0-4 4:5-6 6:7 4:8-9 6:10 4:11-12 6:13 4:14-15 6:16 4:17-18 6:19 4:20-21 6:22 4:23-24 6:25"
                + " 4:26-27 6:28 4:29-30 6:31 4:32-33 6:34-39', same",
    })
    void choose_thirteenBillion(QuantRecipe recipe, String values, String down) {
        assertThat(runs(recipe, V_PROJ, THIRTEEN)).isEqualTo(values);
        assertThat(runs(recipe, DOWN_PROJ, THIRTEEN)).isEqualTo(down.equals("same") ? values : down);
    }

    @ParameterizedTest
    @CsvSource({
        "Q4_0, '4_0:0-79', '4_0:0-79'",
        "Q2_K, '5:0-79', '3:0-79'",
        "Q3_K_S, '5:0-79', '3:0-79'",
        "Q3_K_M, '5:0-79', '5:0-4 4:5-79'",
        "Q4_K_S, '5:0-79', '5:0-9 4:10-79'",
        "Q5_K_S, '5:0-79', '5:0-79'",
    })
    void choose_seventyBillion_giveValuesFiveBits(QuantRecipe recipe, String values, String down) {
        assertThat(runs(recipe, V_PROJ, SEVENTY)).isEqualTo(values);
        assertThat(runs(recipe, DOWN_PROJ, SEVENTY)).isEqualTo(down);
    }

    @Test
    void choose_fourGroupsPerValue_giveTwoBitsFour() {
        assertThat(types(QuantRecipe.Q2_K, V_PROJ, EIGHT)).containsExactly(DType.Q4_K);
    }

    /** As {@code gguf/wide_256/Q4_K_M.gguf} has it. */
    @Test
    void choose_twoLayers() {
        assertThat(runs(QuantRecipe.Q4_K_M, V_PROJ, TWO_LAYERS)).isEqualTo("4:0 6:1");
        assertThat(runs(QuantRecipe.Q4_K_M, DOWN_PROJ, TWO_LAYERS)).isEqualTo("4:0 6:1");
    }

    @Test
    void choose_importanceMatrix_givesEarlyLayersAnOffset() {
        QuantizedModel weighted = new QuantizedModel(32, 32, 32, false, true);
        assertThat(runs(QuantRecipe.Q4_0, DOWN_PROJ, weighted)).isEqualTo("4_1:0-3 4_0:4-31");
        assertThat(runs(QuantRecipe.Q5_0, DOWN_PROJ, weighted)).isEqualTo("5_1:0-3 5_0:4-31");
        assertThat(runs(QuantRecipe.Q4_1, DOWN_PROJ, weighted)).isEqualTo("4_1:0-31");
    }

    @Test
    void choose_tiedHead_givesTheEmbeddingTheTypeOfAHead() {
        QuantizedModel tied = new QuantizedModel(32, 32, 32, true, false);
        assertThat(choose(QuantRecipe.Q4_K_M, EMBED_TOKENS, 0, tied)).isEqualTo(DType.Q6_K);
        assertThat(choose(QuantRecipe.Q8_0, EMBED_TOKENS, 0, tied)).isEqualTo(DType.Q8_0);
        assertThat(choose(QuantRecipe.F16, EMBED_TOKENS, 0, tied)).isEqualTo(DType.F16);
    }

    @ParameterizedTest
    @CsvSource({
        "Q2_K, Q4_0",
        "Q3_K_S, Q4_0",
        "Q4_K_S, Q5_0",
        "Q5_K_S, Q5_1",
        "Q6_K, Q8_0",
    })
    void choose_columnsOfWholeSmallBlocksOnly_takesTheTypeForThem(QuantRecipe recipe, DType instead) {
        TypeChoice choice = recipe.choose(new WeightPlace(UP_PROJ, 9), 288, SEVEN);

        assertThat(choice.type()).isEqualTo(instead);
        assertThat(choice.instead())
                .hasValue(recipe.type() + " stores blocks of 256, the 288 columns do not fill them");
    }

    @ParameterizedTest
    @EnumSource
    void choose_oddColumns_takesHalfFloats(QuantRecipe recipe) {
        TypeChoice choice = recipe.choose(new WeightPlace(UP_PROJ, 9), 176, SEVEN);

        assertThat(choice.type()).isEqualTo(recipe.type().isBlocks() ? DType.F16 : recipe.type());
        assertThat(choice.instead().isPresent()).isEqualTo(recipe.type().isBlocks());
    }

    @ParameterizedTest
    @EnumSource
    void choose_vector_isNeverQuantized(QuantRecipe recipe) {
        assertThat(choose(recipe, WeightRole.VECTOR, 3, SEVEN)).isEqualTo(DType.F32);
    }

    @Test
    void model_moreKeyValueHeadsThanHeads_isRefused() {
        assertThatThrownBy(() -> new QuantizedModel(2, 4, 8, false, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4 and 8");
    }

    private static DType choose(QuantRecipe recipe, WeightRole role, int layer, QuantizedModel model) {
        TypeChoice choice = recipe.choose(new WeightPlace(role, layer), 4096, model);
        assertThat(choice.instead()).isEmpty();
        return choice.type();
    }

    private static Set<DType> types(QuantRecipe recipe, WeightRole role, QuantizedModel model) {
        return IntStream.range(0, model.numHiddenLayers())
                .mapToObj(layer -> choose(recipe, role, layer, model))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Layers by type, for example {@code "6:0-3 4:4"} for Q6_K in the first four and Q4_K in the fifth. */
    private static String runs(QuantRecipe recipe, WeightRole role, QuantizedModel model) {
        StringBuilder runs = new StringBuilder();
        int first = 0;
        for (int layer = 0; layer < model.numHiddenLayers(); layer++) {
            DType type = choose(recipe, role, layer, model);
            boolean last = layer == model.numHiddenLayers() - 1;
            if (last || choose(recipe, role, layer + 1, model) != type) {
                runs.append(runs.isEmpty() ? "" : " ")
                        .append(type.name().replaceAll("Q|_K", "").replace("8_0", "8"))
                        .append(first == layer ? ":" + layer : ":" + first + "-" + layer);
                first = layer + 1;
            }
        }
        return runs.toString();
    }
}
