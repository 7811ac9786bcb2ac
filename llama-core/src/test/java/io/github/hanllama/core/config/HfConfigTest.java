package io.github.hanllama.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is accepted, and rows CF1 to CF8 of the table of bad input; CF9 needs the files. */
class HfConfigTest {
    private final List<String> warnings = new ArrayList<>();

    @Test
    void read_everythingAbsent_hasTransformersDefaults() {
        LlamaConfig config = read("\"model_type\":\"llama\"");
        assertThat(config)
                .isEqualTo(LlamaConfig.builder()
                        .bosTokenId(OptionalInt.of(1))
                        .eosTokenIds(List.of(2))
                        .build());
        assertThat(config.headDim()).isEqualTo(128);
        assertThat(config.numKeyValueHeads()).isEqualTo(32);
        assertThat(config.rmsNormEps()).isEqualTo(1e-6f);
        assertThat(config.ropeTheta()).isEqualTo(10000);
        assertThat(config.ropeScaling()).isEqualTo(RopeScaling.NONE);
        assertThat(warnings).isEmpty();
    }

    @Test
    void read_explicitValuesAndNulls() {
        LlamaConfig config = llama("\"num_key_value_heads\":8,\"head_dim\":64,\"attention_bias\":true,"
                + "\"mlp_bias\":true,\"tie_word_embeddings\":true,\"rope_theta\":500000,\"rope_scaling\":null,"
                + "\"rms_norm_eps\":1e-5,\"pad_token_id\":-1,\"bos_token_id\":null,\"torch_dtype\":\"bfloat16\"");
        assertThat(config.keyValueWidth()).isEqualTo(512);
        assertThat(config.queryWidth()).isEqualTo(2048);
        assertThat(config.attentionBias()).isTrue();
        assertThat(config.mlpBias()).isTrue();
        assertThat(config.tieWordEmbeddings()).isTrue();
        assertThat(config.ropeTheta()).isEqualTo(500000);
        assertThat(config.rmsNormEps()).isEqualTo(1e-5f);
        assertThat(config.padTokenId()).isEmpty();
        assertThat(config.bosTokenId()).isEmpty();
        assertThat(config.dtype()).contains(DType.BF16);
    }

    @Test
    void read_configOf2023_saysMaxSequenceLength() {
        LlamaConfig config = read("\"architectures\":[\"LLaMAForCausalLM\"],\"model_type\":\"llama\","
                + "\"max_sequence_length\":4096,\"bos_token_id\":0,\"eos_token_id\":1,\"pad_token_id\":-1");
        assertThat(config.maxPositionEmbeddings()).isEqualTo(4096);
        assertThat(config.eosTokenIds()).containsExactly(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"model_type\":\"mistral\",\"architectures\":[\"MistralForCausalLM\"] | found model_type mistral and"
                        + " architectures [MistralForCausalLM]",
                "\"model_type\":\"llama\",\"architectures\":[\"LlamaForSequenceClassification\"] | found model_type"
                        + " llama and architectures [LlamaForSequenceClassification]",
                "\"model_type\":\"qwen2\" | found model_type qwen2",
                "\"model_type\":\"lf\\t16\" | found model_type lf 16 and",
                "\"hidden_size\":64 | found model_type (none)"
            })
    void cf1_anotherFamily(String fields, String message) {
        unsupported(fields, "expected model_type llama and architecture LlamaForCausalLM, " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"hidden_size\":100,\"num_attention_heads\":32 | hidden_size must be a multiple",
                "\"num_attention_heads\":0 | hidden_size must be a multiple",
                "\"num_key_value_heads\":0 | num_key_value_heads must be in 1..",
                "\"num_key_value_heads\":5 | num_key_value_heads must divide num_attention_heads, found 5 and 32",
                "\"num_key_value_heads\":-8 | num_key_value_heads must be in 1..",
                "\"head_dim\":0 | head_dim must be in 1..",
                "\"head_dim\":7 | head_dim must be even"
            })
    void cf2_headsDoNotFit(String fields, String message) {
        malformed(fields, message);
    }

    @Test
    void cf2_headDim_freesTheHiddenSize() {
        assertThat(llama("\"hidden_size\":100,\"num_attention_heads\":32,\"head_dim\":16")
                        .queryWidth())
                .isEqualTo(512);
    }

    @ParameterizedTest
    @ValueSource(strings = {"longrope", "su", "mrope", "ntk", ""})
    void cf3_unknownScaling(String type) {
        unsupported(
                "\"rope_scaling\":{\"type\":\"" + type + "\",\"factor\":2}",
                "rope type " + type + " is not supported, expected default, linear, dynamic, yarn or llama3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"type\":\"linear\"} | rope_scaling.factor: expected a number, found nothing",
                "{\"type\":\"linear\",\"factor\":0} | rope scaling factor must be positive and finite, was 0.0",
                "{\"type\":\"dynamic\",\"factor\":-1} | rope scaling factor must be positive",
                "{\"type\":\"linear\",\"factor\":\"NaN\"} | rope_scaling.factor: expected a finite number, found"
                        + " \"NaN\"",
                "{\"type\":\"linear\",\"factor\":1e400} | rope_scaling.factor: expected a finite number",
                "{\"type\":\"linear\",\"factor\":null} | rope_scaling.factor: expected a finite number, found null",
                "{\"type\":2,\"factor\":2} | rope_scaling.type: expected a string, found 2",
                "{\"rope_type\":\"llama3\",\"factor\":8} | original_max_position_embeddings: expected an integer",
                "{\"rope_type\":\"llama3\",\"factor\":8,\"original_max_position_embeddings\":8192} | low_freq_factor:"
                        + " expected a number, found nothing",
                "{\"rope_type\":\"llama3\",\"factor\":8,\"original_max_position_embeddings\":8192,"
                        + "\"low_freq_factor\":4,\"high_freq_factor\":4} | high_freq_factor: expected more than",
                "{\"type\":\"yarn\",\"factor\":8,\"original_max_position_embeddings\":0} | expected a positive integer",
                "\"linear\" | rope_scaling: expected an object, found \"linear\""
            })
    void cf3_malformedScaling(String rope, String message) {
        malformed("\"rope_scaling\":" + rope, message);
    }

    @Test
    void cf3_perLayerOrPartialRotation() {
        unsupported(
                "\"rope_parameters\":{\"full_attention\":{\"rope_type\":\"default\"}}", "one for each kind of layer");
        unsupported("\"partial_rotary_factor\":0.5,\"rope_scaling\":{\"type\":\"default\"}", "expected 1, found 0.5");
    }

    @Test
    void cf3_oldAndNewSpelling_contradict() {
        malformed(
                "\"rope_scaling\":{\"type\":\"linear\",\"factor\":2},\"rope_parameters\":{\"rope_type\":\"default\"}",
                "rope_scaling: expected the same as rope_parameters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rope_scaling", "rope_parameters"})
    void cf3_bothSpellingsOfField_areRead(String field) {
        assertThat(llama("\"%s\":{\"type\":\"linear\",\"factor\":4}".formatted(field))
                        .ropeScaling())
                .isEqualTo(new RopeScaling.Linear(4));
        assertThat(llama("\"%s\":{\"rope_type\":\"dynamic\",\"factor\":2.5},\"max_position_embeddings\":32"
                                .formatted(field))
                        .ropeScaling())
                .isEqualTo(new RopeScaling.DynamicNtk(2.5, 32));
        assertThat(llama("\"%s\":{\"type\":\"default\",\"rope_theta\":5000}".formatted(field))
                        .ropeTheta())
                .isEqualTo(5000);
    }

    @Test
    void cf3_yarn_defaultsAndExplicitValues() {
        assertThat(llama("\"max_position_embeddings\":256,\"rope_scaling\":{\"factor\":16.0,\"finetuned\":true,"
                                + "\"original_max_position_embeddings\":4096,\"type\":\"yarn\"}")
                        .ropeScaling())
                .isEqualTo(new RopeScaling.Yarn(16, 4096, OptionalDouble.empty(), 32, 1, 0, 0, true));
        assertThat(llama("\"max_position_embeddings\":256,\"rope_parameters\":{\"rope_type\":\"yarn\",\"factor\":null,"
                                + "\"original_max_position_embeddings\":64,\"attention_factor\":1.5,\"beta_fast\":16,"
                                + "\"beta_slow\":2,\"mscale\":0.7,\"mscale_all_dim\":0.9,\"truncate\":false}")
                        .ropeScaling())
                .isEqualTo(new RopeScaling.Yarn(4, 64, OptionalDouble.of(1.5), 16, 2, 0.7, 0.9, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"num_hidden_layers\":0 | num_hidden_layers must be in 1..1024, found 0",
                "\"num_hidden_layers\":1000000 | num_hidden_layers must be in 1..1024, found 1000000",
                "\"vocab_size\":0 | vocab_size must be in 1..",
                "\"max_position_embeddings\":0 | max_position_embeddings must be in 1..",
                "\"max_position_embeddings\":2147483648 | max_position_embeddings: expected an integer of at most 31"
                        + " bits, found 2147483648",
                "\"intermediate_size\":0 | intermediate_size must be in 1..",
                "\"hidden_size\":4096.5 | hidden_size: expected an integer",
                "\"hidden_size\":\"4096\" | hidden_size: expected an integer of at most 31 bits, found \"4096\"",
                "\"hidden_size\":2097152 | hidden_size must be in 1..",
                "\"tie_word_embeddings\":\"yes\" | tie_word_embeddings: expected true or false, found \"yes\""
            })
    void cf4_valueOutOfRange(String fields, String message) {
        malformed(fields, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | rms_norm_eps must be in (0, 1), found 0.0",
                "-1e-6 | rms_norm_eps must be in (0, 1)",
                "\"1e-6\" | rms_norm_eps: expected a finite number, found \"1e-6\"",
                "null | rms_norm_eps: expected a finite number, found null"
            })
    void cf5_epsilon(String value, String message) {
        malformed("\"rms_norm_eps\":" + value, message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"auto\"", "\"int8\"", "16", "{}"})
    void cf6_oddDtype_isLeftToTheFiles_withAWarning(String value) {
        assertThat(llama("\"torch_dtype\":" + value).dtype()).isEmpty();
        assertThat(warnings)
                .containsExactly("config.json: torch_dtype: expected float32, float16 or bfloat16, found " + value
                        + "; the types of the tensors count");
    }

    @ParameterizedTest
    @CsvSource({"dtype,float16,F16", "torch_dtype,torch.float16,F16", "dtype,bfloat16,BF16", "dtype,float32,F32"})
    void cf6_dtype_oldAndNewKey(String key, String name, DType dtype) {
        assertThat(llama("\"" + key + "\":\"" + name + "\"").dtype()).contains(dtype);
    }

    @Test
    void cf7_eos_oneOrMoreOrNone() {
        assertThat(llama("\"eos_token_id\":7").eosTokenIds()).containsExactly(7);
        assertThat(llama("\"eos_token_id\":[128001,128009]").eosTokenIds()).containsExactly(128001, 128009);
        assertThat(llama("\"eos_token_id\":null").eosTokenIds()).isEmpty();
        malformed("\"eos_token_id\":\"</s>\"", "eos_token_id: expected an integer of at most 31 bits, found \"</s>\"");
        malformed("\"eos_token_id\":[1,\"2\"]", "eos_token_id: expected an integer");
    }

    @Test
    void cf8_remoteCode_isIgnored() {
        assertThat(llama("\"auto_map\":{\"AutoModelForCausalLM\":\"modeling_evil.Llama\"},\"trust_remote_code\":true")
                        .hiddenSize())
                .isEqualTo(4096);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gptq", "awq", "bitsandbytes"})
    void cf8_quantizedWeights(String method) {
        unsupported(
                "\"quantization_config\":{\"quant_method\":\"" + method + "\",\"bits\":4}",
                "quantization_config: weights quantized with " + method + " are not supported");
    }

    @Test
    void anotherActivation() {
        unsupported("\"hidden_act\":\"gelu\"", "hidden_act: expected silu, found gelu");
        assertThat(llama("\"hidden_act\":\"swish\"").hiddenSize()).isEqualTo(4096);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[]", "1", "{\"a\":1,\"a\":2}", "{\"a\":NaN}", "{} {}", "{/**/}", "\uFEFF{}", "{\"a\":[[["})
    void notAStrictJsonObject(String json) {
        assertThatThrownBy(() -> HfConfig.read(json.getBytes(StandardCharsets.UTF_8), "config.json", warnings::add))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("config.json: ");
    }

    @Test
    void nestedTooDeep() {
        malformed("\"a\":" + "[".repeat(100_000), "not valid JSON");
    }

    static Stream<Path> realConfigs() throws IOException {
        try (Stream<Path> files = Files.walk(TestData.path("hf").getParent())) {
            return files.filter(file -> file.endsWith("config.json")).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("realConfigs")
    void realConfig_survivesWriting(Path file) throws IOException {
        LlamaConfig config = HfConfig.read(Files.readAllBytes(file), file.toString(), warnings::add);
        String written = HfConfig.write(config);
        assertThat(HfConfig.read(written.getBytes(StandardCharsets.UTF_8), "written", warnings::add))
                .isEqualTo(config);
        assertThat(warnings).isEmpty();
        assertThat(written)
                .startsWith("{\n  \"architectures\": [\n    \"LlamaForCausalLM\"\n  ],\n")
                .endsWith("\n}\n");
    }

    @Test
    void realConfig_values() throws IOException {
        Path file = TestData.path("hf/llama31_tied/base/config.json");
        LlamaConfig config = HfConfig.read(Files.readAllBytes(file), "config.json", warnings::add);
        assertThat(config.ropeScaling()).isEqualTo(new RopeScaling.Llama3(8, 1, 4, 128));
        assertThat(config.ropeTheta()).isEqualTo(500000);
        assertThat(config.tieWordEmbeddings()).isTrue();
        assertThat(config.numKeyValueHeads()).isEqualTo(1);
    }

    @Test
    void write_everyScaling_survives() {
        LlamaConfig config = LlamaConfig.builder().eosTokenIds(List.of(3, 4)).build();
        for (RopeScaling scaling : List.of(
                new RopeScaling.Linear(4),
                new RopeScaling.DynamicNtk(2, 2048),
                new RopeScaling.Llama3(8, 1, 4, 8192),
                new RopeScaling.Yarn(4, 64, OptionalDouble.of(1.5), 16, 2, 0.7, 0.9, false))) {
            LlamaConfig scaled = config.toBuilder().ropeScaling(scaling).build();
            assertThat(HfConfig.read(HfConfig.write(scaled).getBytes(StandardCharsets.UTF_8), "w", warnings::add))
                    .isEqualTo(scaled);
        }
    }

    @Test
    void write_dynamicScalingOfAnotherContext_cannotBeSaid() {
        LlamaConfig config = LlamaConfig.builder()
                .ropeScaling(new RopeScaling.DynamicNtk(2, 77))
                .build();
        assertThatThrownBy(() -> HfConfig.write(config)).isInstanceOf(IllegalArgumentException.class);
    }

    private LlamaConfig llama(String fields) {
        return read("\"model_type\":\"llama\"," + fields);
    }

    private LlamaConfig read(String fields) {
        return HfConfig.read(("{" + fields + "}").getBytes(StandardCharsets.UTF_8), "config.json", warnings::add);
    }

    private void malformed(String fields, String message) {
        refused(ModelFormatException.class, "\"model_type\":\"llama\"," + fields, message);
    }

    private void unsupported(String fields, String message) {
        String all = fields.contains("model_type") || fields.equals("\"hidden_size\":64")
                ? fields
                : "\"model_type\":\"llama\"," + fields;
        refused(UnsupportedModelException.class, all, message);
    }

    private void refused(Class<? extends LlamaException> kind, String fields, String message) {
        assertThatThrownBy(() -> read(fields))
                .isExactlyInstanceOf(kind)
                .hasMessageStartingWith("config.json: ")
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }
}
