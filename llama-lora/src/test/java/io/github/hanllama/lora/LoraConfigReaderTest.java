package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoraConfigReaderTest {
    private static final String Q_PROJ_0 = "model.layers.0.self_attn.q_proj";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "synthetic/lora_a",
                "hf/lora_chinese/adapter",
                "hf/lora_gqa_bf16/adapter",
                "hf/lora_rslora/adapter",
                "hf/lora_dora/adapter",
                "hf/lora_patterns/adapter",
                "hf/lora_layers/adapter",
                "hf/lora_tied_head/adapter"
            })
    void oldAndNewPeft_areRead(String folder) throws IOException {
        byte[] json = Files.readAllBytes(TestData.path(folder).resolve("adapter_config.json"));

        LoraConfig config = LoraConfigReader.read(json, folder);

        assertThat(config.rank()).isBetween(4, 64);
        assertThat(config.alpha()).isBetween(8.0, 128.0);
    }

    @Test
    void ac3_defaults_arePeftsOwn() {
        LoraConfig config = read("");

        assertThat(config.rank()).isEqualTo(8);
        assertThat(config.alpha()).isEqualTo(8);
        assertThat(config.targets(Q_PROJ_0)).isTrue();
        assertThat(config.announces(Q_PROJ_0)).isFalse();
    }

    @Test
    void scale_isAlphaOverRank() {
        assertThat(read(", \"r\": 3, \"lora_alpha\": 10").scale(Q_PROJ_0)).isEqualTo((float) (10.0 / 3));
    }

    @Test
    void ac4_scale_rsLora() {
        assertThat(read(", \"r\": 3, \"lora_alpha\": 10, \"use_rslora\": true").scale(Q_PROJ_0))
                .isEqualTo((float) (10 / Math.sqrt(3)));
    }

    @Test
    void ac4_patterns_firstMatchCounts() {
        LoraConfig config = read(
                ", \"r\": 4, \"lora_alpha\": 8,"
                        + " \"rank_pattern\": {\"layers\\\\.1\\\\..*proj\": 2, \"q_proj\": 16}, \"alpha_pattern\": {\"q_proj\": 32}");

        assertThat(config.rank("model.layers.1.self_attn.q_proj")).isEqualTo(2);
        assertThat(config.rank(Q_PROJ_0)).isEqualTo(16);
        assertThat(config.rank("model.layers.0.self_attn.v_proj")).isEqualTo(4);
        assertThat(config.rank("model.layers.0.self_attn.xq_proj")).isEqualTo(4);
        assertThat(config.scale(Q_PROJ_0)).isEqualTo(2);
    }

    @Test
    void targets_listIsLiteralEnds() {
        LoraConfig config = read(", \"target_modules\": [\"q_proj\", \"mlp.up_proj\"]");

        assertThat(config.targets(Q_PROJ_0)).isTrue();
        assertThat(config.targets("model.layers.0.mlp.up_proj")).isTrue();
        assertThat(config.targets("model.layers.0.mlp.xup_proj")).isFalse();
        assertThat(config.targets("model.layers.0.self_attn.k_proj")).isFalse();
    }

    @Test
    void targets_textIsARegularExpressionForTheWholeName() {
        LoraConfig config = read(", \"target_modules\": \".*\\\\.(q|v)_proj\"");

        assertThat(config.targets(Q_PROJ_0)).isTrue();
        assertThat(config.targets("model.layers.0.self_attn.k_proj")).isFalse();
        assertThat(config.targets("q_proj")).isFalse();
    }

    @Test
    void targets_layersToTransform() {
        LoraConfig config =
                read(", \"target_modules\": [\"q_proj\"], \"layers_to_transform\": 1, \"layers_pattern\": \"layers\"");

        assertThat(config.targets("model.layers.1.self_attn.q_proj")).isTrue();
        assertThat(config.targets(Q_PROJ_0)).isFalse();
    }

    @Test
    void targets_excludeModules() {
        assertThat(read(", \"exclude_modules\": [\"q_proj\"]").targets(Q_PROJ_0))
                .isFalse();
    }

    @Test
    void declaredBase_isKept() {
        assertThat(read(", \"base_model_name_or_path\": \"/home/me/llama\"").declaredBase())
                .contains("/home/me/llama");
        assertThat(read(", \"base_model_name_or_path\": null").declaredBase()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"IA3", "PREFIX_TUNING", "PROMPT_TUNING", "ADALORA", "LOHA"})
    void ac2_otherPeftType_isRefusedByName(String type) {
        assertThatExceptionOfType(UnsupportedModelException.class)
                .isThrownBy(() -> LoraConfigReader.read(bytes("{\"peft_type\": \"" + type + "\"}"), "cfg"))
                .withMessage("cfg: peft_type " + type + " cannot be merged; only LORA adapters can");
    }

    @Test
    void ac2_missingPeftType_isRefused() {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> LoraConfigReader.read(bytes("{\"r\": 8}"), "cfg"))
                .withMessage("cfg: expected peft_type \"LORA\", found none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "4097", "8.0", "\"8\"", "true", "1e400", "99999999999", "[8]"})
    void ac3_rankOutOfRange_isRefused(String r) {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> read(", \"r\": " + r))
                .withMessageStartingWith("cfg: r: expected a whole number in 1..4096, found ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-16", "1e400", "\"16\"", "true"})
    void ac3_alphaOutOfRange_isRefused(String alpha) {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> read(", \"lora_alpha\": " + alpha))
                .withMessageStartingWith("cfg: lora_alpha: expected a positive finite number, found ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "8, \"r\": 9", "8} trailing", "Infinity"})
    void ac3_malformedJson_isRefused(String value) {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> read(", \"r\": " + value))
                .withMessageStartingWith("cfg: not valid JSON");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "enable_lora | [true, false, true] | an adapted part of a joined projection",
                "layer_replication | [[0, 4]] | a model with copied layers",
                "trainable_token_indices | [1, 2] | single trained rows of the embedding",
                "target_parameters | [\"mlp.experts\"] | parameters that are no linear layers",
                "alora_invocation_tokens | [1] | only active from a certain token on",
                "ensure_weight_tying | true | an adapter shared by embedding and head",
                "megatron_config | {\"a\": 1} | a model split over machines",
                "use_qalora | true | averaged groups of inputs",
                "use_bdlora | {\"nblocks\": 2} | block-diagonal factors",
                "arrow_config | {\"top_k\": 3} | a router over several adapters",
                "kasa_config | {\"beta\": 1} | a base with its small singular values cut off",
                "monteclora_config | {\"n\": 1} | factors sampled anew each time",
                "velora_config | {\"num_groups\": 64} | training with compressed activations",
                "use_something_new | 3 | which this library does not know"
            })
    void ac4_unknownSemantics_areRefusedByName(String key, String value, String reason) {
        assertThatThrownBy(() -> read(", \"" + key + "\": " + value))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageStartingWith("cfg: " + key + " is set to ")
                .hasMessageContaining(reason)
                .hasMessageEndingWith("; ignoring it would give wrong weights");
    }

    @Test
    void ac4_transposedWeights_arePlainPairs_asPeftReadsThem() {
        assertThat(read(", \"fan_in_fan_out\": true, \"r\": 2, \"lora_alpha\": 4")
                        .scale(Q_PROJ_0))
                .isEqualTo(2);
        assertThatThrownBy(() -> read(", \"fan_in_fan_out\": \"yes\""))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("cfg: fan_in_fan_out: expected true or false, found \"yes\"");
    }

    @Test
    void ac4_loraBias_isKept() {
        assertThat(read(", \"lora_bias\": true").loraBias()).isTrue();
        assertThat(read("").loraBias()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "false", "null", "\"gaussian\"", "\"eva\"", "\"orthogonal\"", "\"mica\""})
    void firstGuessesThatLeaveTheBase_areRead(String init) {
        assertThat(read(", \"r\": 3, \"init_lora_weights\": " + init).rank()).isEqualTo(3);
    }

    @Test
    void ac4_unknownButUnset_isIgnored() {
        LoraConfig config =
                read(", \"enable_lora\": null, \"merge_weights\": false, \"a\": {}, \"b\": [], \"c\": \"\"");

        assertThat(config.rank()).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pissa", "pissa_niter_16", "olora", "loftq", "corda", "lora_ga", "something"})
    void ac4_changedBase_isRefused(String init) {
        assertThatExceptionOfType(UnsupportedModelException.class)
                .isThrownBy(() -> read(", \"init_lora_weights\": \"" + init + "\""))
                .withMessageContaining("init_lora_weights \"" + init + "\" changes the base model itself");
    }

    @Test
    void ac4_biasOfUnknownKind_isRefused() {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> read(", \"bias\": \"some\""))
                .withMessage("cfg: bias: expected \"none\", \"all\" or \"lora_only\", found \"some\"");
    }

    @Test
    void layersOfAnotherList_areRefused() {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> read(", \"layers_to_transform\": [0], \"layers_pattern\": \"h\""))
                .withMessageContaining("layers_pattern: expected the name of LLaMA's list of layers");
    }

    @Test
    void badPattern_isRefusedWithTheFile() {
        assertThatExceptionOfType(UnsupportedModelException.class)
                .isThrownBy(() -> read(", \"target_modules\": \"(q_proj\""))
                .withMessageStartingWith("cfg: not a regular expression this library reads: '(q_proj'");
    }

    private static LoraConfig read(String more) {
        return LoraConfigReader.read(bytes("{\"peft_type\": \"LORA\"" + more + "}"), "cfg");
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
