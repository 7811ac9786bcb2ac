package io.github.hanllama.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What opens, and rows ST16, ST17 and CF9 of the table of bad input. */
class CheckpointsTest {
    private static final String INDEX = "model.safetensors.index.json";

    private final List<String> warnings = new ArrayList<>();

    @TempDir
    Path folder;

    static Stream<Path> soundModels() throws IOException {
        List<Path> models = new ArrayList<>();
        try (Stream<Path> files = Files.walk(TestData.path("hf"))) {
            files.filter(path -> path.endsWith("base")).forEach(models::add);
        }
        for (String name : new String[] {
            TestModels.F32,
            TestModels.SHARDED,
            "synthetic/merged_a/hf_safetensors_f32",
            "synthetic/merged_a/hf_safetensors_f16",
            TestModels.BIN,
            TestModels.META,
            "synthetic/base/meta_2shard",
            "synthetic/merged_ab/meta_2shard_f16",
            "models/stories260k-hf"
        }) {
            models.add(TestData.path(name));
        }
        return models.stream();
    }

    @ParameterizedTest
    @MethodSource("soundModels")
    void soundModel(Path model) {
        try (Checkpoint checkpoint = TestModels.open(model, warnings)) {
            assertThat(warnings).isEmpty();
            assertThat(checkpoint.origin()).isEqualTo(model.toString());
            assertThat(checkpoint.tensors()).allSatisfy(info -> {
                assertThat(checkpoint.contains(info.name())).isTrue();
                assertThat(checkpoint.tensor(info.name()).info()).isEqualTo(info);
            });
            assertThat(checkpoint.contains(TensorNames.LM_HEAD))
                    .isNotEqualTo(checkpoint.config().tieWordEmbeddings());
            assertThat(checkpoint.identity()).matches("[0-9a-f]{64}").isEqualTo(checkpoint.identity());
        }
    }

    @Test
    void realModel_hasItsTokenizerAndCompanions() {
        try (Checkpoint checkpoint = TestModels.open("models/stories260k-hf")) {
            assertThat(checkpoint.tokenizer().orElseThrow().vocabularySize()).isEqualTo(512);
            assertThat(checkpoint.companionFiles())
                    .extracting(path -> path.getFileName().toString())
                    .containsExactly("generation_config.json", "tokenizer.model");
            assertThat(checkpoint.weightFiles()).hasSize(1);
        }
    }

    @Test
    void shards_andSingleFile_holdTheSame() {
        try (Checkpoint whole = TestModels.open(TestModels.F32);
                Checkpoint shards = TestModels.open(TestModels.SHARDED)) {
            assertThat(shards.weightFiles()).hasSize(2);
            assertThat(whole.tokenizer()).isEmpty();
            for (TensorInfo info : whole.tensors()) {
                float[] expected = TestModels.rows(whole.tensor(info.name()), 0, info.rows());
                assertThat(TestModels.rows(shards.tensor(info.name()), 0, info.rows()))
                        .isEqualTo(expected);
            }
            assertThat(whole.identity()).isNotEqualTo(shards.identity()); // other types are other weights
        }
    }

    @Test
    void oneFile_withItsConfigBeside() throws IOException {
        TestModels.copy(TestModels.F32, folder);
        Path renamed = Files.move(folder.resolve("model.safetensors"), folder.resolve("my-llama.safetensors"));
        try (Checkpoint checkpoint = TestModels.open(renamed);
                Checkpoint inFolder = TestModels.open(folder)) {
            assertThat(checkpoint.config().hiddenSize()).isEqualTo(64);
            assertThat(inFolder.identity()).isEqualTo(checkpoint.identity());
        }
    }

    @Test
    void shardsWithoutAnIndex_areCounted() throws IOException {
        TestModels.copy(TestModels.SHARDED, folder);
        Files.delete(folder.resolve(INDEX));
        try (Checkpoint checkpoint = TestModels.open(folder)) {
            assertThat(checkpoint.tensors()).hasSize(21);
        }
        Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
        refused(ModelNotFoundException.class, "expected shards 1 to 2 of 2, found 1 files");
    }

    @Test
    void unrelatedFiles() throws IOException {
        TestModels.copy(TestModels.F32, folder);
        Files.move(folder.resolve("model.safetensors"), folder.resolve("a.safetensors"));
        Files.copy(folder.resolve("a.safetensors"), folder.resolve("b.safetensors"));
        refused(
                ModelFormatException.class,
                "expected one model, found 2 unrelated weight files (a.safetensors, b.safetensors)");
    }

    @Test
    void st16_indexNamesAMissingShard() throws IOException {
        TestModels.copy(TestModels.SHARDED, folder);
        Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
        refused(
                ModelNotFoundException.class,
                "model-00002-of-00002.safetensors: named by model.safetensors.index.json but not there");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../model-00002-of-00002.safetensors", "/etc/passwd", "a\\\\b", "", "C:x"})
    void st16_indexNamesAShardOutside(String name) {
        TestModels.copy(TestModels.SHARDED, folder);
        TestModels.edit(
                folder.resolve(INDEX),
                json -> json.replaceFirst("model-00002-of-00002.safetensors", name.replace("\\", "\\\\")));
        refused(
                ModelFormatException.class,
                "weight_map.lm_head.weight: expected the name of a file in the same folder");
    }

    @Test
    void st16_tensorInTwoShards() throws IOException {
        TestModels.copy(TestModels.SHARDED, folder);
        Files.copy(
                folder.resolve("model-00001-of-00002.safetensors"),
                folder.resolve("model-00002-of-00002.safetensors"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        refused(ModelFormatException.class, "is in two shards, model-00001-of-00002.safetensors and");
    }

    @Test
    void st16_tensorNotInItsShard() {
        TestModels.copy(TestModels.SHARDED, folder);
        TestModels.edit(
                folder.resolve(INDEX),
                json -> json.replace("\"lm_head.weight\": \"model-00002-of", "\"lm_head.weight\": \"model-00001-of"));
        refused(
                ModelFormatException.class,
                "weight_map.lm_head.weight: expected model-00001-of-00002.safetensors, found the tensor in model-00002");
    }

    @Test
    void st16_tensorInNoShard() {
        TestModels.copy(TestModels.SHARDED, folder);
        TestModels.edit(
                folder.resolve(INDEX),
                json -> json.replace(
                        "\"lm_head.weight\":",
                        "\"x\\u001b\":\"model-00002-of-00002.safetensors\",\"lm_head.weight\":"));
        refused(ModelFormatException.class, "weight_map.x : not in model-00002-of-00002.safetensors");
    }

    @ParameterizedTest
    @CsvSource({"316033,expected 316032 bytes", "-1,expected a number of bytes", "\"1\",expected a number of bytes"})
    void st16_totalSizeIsWrong(String size, String message) {
        TestModels.copy(TestModels.SHARDED, folder);
        TestModels.edit(
                folder.resolve(INDEX), json -> json.replaceFirst("\"total_size\": \\d+", "\"total_size\": " + size));
        refused(ModelFormatException.class, message);
    }

    /** As the official Llama-2 7B has it. */
    @ParameterizedTest
    @ValueSource(strings = {"632064", "316032.0"})
    void st16_totalSizeOfAnotherType_isLetPass(String size) {
        TestModels.copy(TestModels.SHARDED, folder);
        TestModels.edit(folder.resolve(INDEX), json -> json.replace("316032", size));
        try (Checkpoint checkpoint = TestModels.open(folder)) {
            assertThat(checkpoint.tensors()).hasSize(21);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"weight_map\":[]}", "{\"weight_map\":{}}", "[", "{\"weight_map\":{\"a\":1}}"})
    void st16_indexMalformed(String json) throws IOException {
        TestModels.copy(TestModels.SHARDED, folder);
        Files.writeString(folder.resolve(INDEX), json);
        refused(ModelFormatException.class, INDEX + ": ");
    }

    @Test
    void st17_weightsOfAnotherShape() {
        TestModels.copy(TestModels.F32, folder);
        editConfig("\"intermediate_size\": 176", "\"intermediate_size\": 160");
        refused(
                ModelFormatException.class,
                "6 of another shape or type: model.layers.0.mlp.down_proj.weight expected [64, 160], found [64, 176]");
    }

    @Test
    void st17_missingTensors_areListedUpToTen() {
        TestModels.copy(TestModels.F32, folder);
        editConfig("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 4");
        refused(ModelFormatException.class, "18 missing: model.layers.2.input_layernorm.weight, ", " and 8 more;");
    }

    @Test
    void st17_unexpectedTensors() {
        TestModels.copy(TestModels.F32, folder);
        editConfig("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1");
        refused(ModelFormatException.class, "9 unexpected: model.layers.1.input_layernorm.weight");
    }

    @Test
    void st17_missingHead_andTheUnknownTensorInItsPlace() {
        TestModels.copy(TestModels.F32, folder);
        TestModels.editHeader(folder.resolve("model.safetensors"), header -> header.replace("lm_head.w", "xy_head.w"));
        refused(ModelFormatException.class, "1 missing: lm_head.weight; 1 unexpected: xy_head.weight");
    }

    @Test
    void st17_integersForWeights() {
        TestModels.copy(TestModels.F32, folder);
        TestModels.editHeader(
                folder.resolve("model.safetensors"),
                header -> header.replace(
                        "\"model.norm.weight\":{\"dtype\":\"F32\"", "\"model.norm.weight\":{\"dtype\":\"I32\""));
        refused(ModelFormatException.class, "model.norm.weight expected floating-point numbers, found I32");
    }

    @Test
    void rotaryBuffers_areIgnored() {
        TestModels.copy(TestModels.F32, folder);
        appendTensor("model.layers.0.self_attn.rotary_emb.inv_freq", "[8]", 32);
        try (Checkpoint checkpoint = TestModels.open(folder)) {
            assertThat(checkpoint.tensors()).hasSize(21);
            assertThat(checkpoint.contains("model.layers.0.self_attn.rotary_emb.inv_freq"))
                    .isFalse();
        }
    }

    @Test
    void vocabulary_configDisagreesWithRows() {
        TestModels.copy(TestModels.F32, folder);
        editConfig("\"vocab_size\": 512", "\"vocab_size\": 640");
        refused(ModelFormatException.class, "config.json says vocab_size 640, the weights have 512 rows");
    }

    @Test
    void vocabulary_tokenizerIsLarger() throws IOException {
        TestModels.copy(TestModels.F32, folder);
        Files.copy(TestData.path("synthetic/tokenizers/merged640.model"), folder.resolve("tokenizer.model"));
        refused(ModelFormatException.class, "the tokenizer has 640 tokens, the embedding 512 rows");
    }

    @Test
    void vocabulary_paddedRows_areAccepted() throws IOException {
        TestModels.copy("synthetic/merged_a/hf_safetensors_f32", folder);
        Files.copy(TestData.path("synthetic/tokenizers/tok512.model"), folder.resolve("tokenizer.model"));
        try (Checkpoint checkpoint = TestModels.open(folder)) {
            assertThat(checkpoint.config().vocabSize()).isEqualTo(640);
            assertThat(checkpoint.tokenizer().orElseThrow().vocabularySize()).isEqualTo(512);
        }
    }

    @Test
    void tokenizerBroken_isNamed() throws IOException {
        TestModels.copy(TestModels.F32, folder);
        Files.copy(TestData.path("hostile/spm_truncated.model"), folder.resolve("tokenizer.model"));
        refused(ModelFormatException.class, folder.toString());
    }

    @Test
    void cf9_tiedInWordsOnly_usesTheHead_withAWarning() {
        TestModels.copy(TestModels.F32, folder);
        editConfig("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
        try (Checkpoint checkpoint = TestModels.open(folder, warnings)) {
            LlamaConfig config = checkpoint.config();
            assertThat(config.tieWordEmbeddings()).isFalse();
            assertThat(warnings).singleElement().asString().contains("tie_word_embeddings, but lm_head.weight differs");
        }
    }

    @Test
    void cf9_tiedWithACopyOfTheEmbedding_isTied() throws IOException {
        TestModels.copy("hf/llama31_tied/base", folder);
        byte[] embedding;
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
            embedding = file.tensor(TensorNames.EMBED_TOKENS)
                    .raw()
                    .orElseThrow()
                    .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        }
        appendTensor("BF16", TensorNames.LM_HEAD, "[512,64]", embedding);
        try (Checkpoint checkpoint = TestModels.open(folder, warnings)) {
            assertThat(checkpoint.config().tieWordEmbeddings()).isTrue();
            assertThat(warnings).isEmpty();
        }
    }

    @Test
    void anAdapter() {
        assertThat(Refusals.inOneLine(UnsupportedModelException.class, () -> TestModels.open("synthetic/lora_a")))
                .contains("is an adapter, expected a model");
    }

    @Test
    void format_isToldByTheFiles() {
        assertThat(format(TestModels.F32)).isEqualTo("huggingface-safetensors");
        assertThat(format("synthetic/base/hf_bin_2shard")).isEqualTo("huggingface-bin");
        assertThat(format("synthetic/base/meta_2shard")).isEqualTo("meta");
    }

    private static String format(String fixture) {
        try (ModelFiles files = TestModels.files(TestData.path(fixture))) {
            return Checkpoints.format(files).label();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "version https://git-lfs.github.com/spec/v1 | is a Git LFS pointer, not the file itself",
                "<!DOCTYPE html><html> | is an HTML page, not weights",
                "hello | header too small: file has 5 bytes"
            })
    void mistakenForWeights(String content, String message) throws IOException {
        TestModels.copy(TestModels.F32, folder);
        Files.writeString(folder.resolve("model.safetensors"), content);
        refused(ModelFormatException.class, "model.safetensors: ", message);
    }

    @Test
    void mistakenForWeights_otherFormats() throws IOException {
        TestModels.copy(TestModels.F32, folder);
        Files.write(folder.resolve("model.safetensors"), "GGUF\u0003\0\0\0".getBytes(StandardCharsets.ISO_8859_1));
        refused(UnsupportedModelException.class, "model.safetensors: is a GGUF file");
        Files.write(folder.resolve("model.safetensors"), new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10, 1});
        refused(
                UnsupportedModelException.class,
                "model.safetensors: is a PyTorch checkpoint (pickle), expected",
                "name it .bin");
    }

    @Test
    void hostileHtmlPage() throws IOException {
        TestModels.copy(TestModels.F32, folder);
        Files.delete(folder.resolve("model.safetensors"));
        Files.copy(TestData.path("hostile/html_error_page.bin"), folder.resolve("pytorch_model.bin"));
        refused(ModelFormatException.class, "pytorch_model.bin: is an HTML page, not weights");
    }

    @Test
    void nothingThere() throws IOException {
        refused(
                ModelNotFoundException.class,
                "no weights, expected model.safetensors, pytorch_model.bin",
                "found no files");
        Files.copy(TestData.path(TestModels.F32 + "/model.safetensors"), folder.resolve("model.safetensors"));
        refused(ModelNotFoundException.class, "no config.json beside the weights");
        Files.writeString(folder.resolve("config.json"), "version https://git-lfs.github.com/spec/v1\n");
        refused(ModelFormatException.class, "config.json: is a Git LFS pointer");
        Files.writeString(folder.resolve("config.json"), " ".repeat((1 << 20) + 1));
        refused(ModelFormatException.class, "config.json: expected at most 1048576 bytes, found 1048577");
    }

    @Test
    void close_twice_thenUse() {
        Checkpoint checkpoint = TestModels.open(TestModels.F32);
        Tensor tensor = checkpoint.tensor(TensorNames.NORM);
        assertThat(tensor.info().dtype()).isEqualTo(DType.F32);
        assertThatThrownBy(() -> checkpoint.tensor("x")).isInstanceOf(IllegalArgumentException.class);
        checkpoint.close();
        checkpoint.close();
        assertThatThrownBy(() -> TestModels.rows(tensor, 0, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(checkpoint::identity).isInstanceOf(IllegalStateException.class);
    }

    private void editConfig(String before, String after) {
        TestModels.edit(folder.resolve("config.json"), json -> json.replace(before, after));
    }

    private void appendTensor(String name, String shape, int bytes) {
        appendTensor("F32", name, shape, new byte[bytes]);
    }

    private void appendTensor(String dtype, String name, String shape, byte[] data) {
        Path file = folder.resolve("model.safetensors");
        long dataLength;
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            dataLength = opened.tensors().stream().mapToLong(TensorInfo::bytes).sum();
        }
        String entry =
                SafetensorsBytes.entry(name, dtype, shape, "[" + dataLength + "," + (dataLength + data.length) + "]");
        TestModels.editHeader(file, header -> header.stripTrailing().replaceFirst("}$", ",") + entry + "}");
        try {
            Files.write(file, data, java.nio.file.StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void refused(Class<? extends LlamaException> kind, String... message) {
        assertThat(Refusals.inOneLine(kind, () -> TestModels.open(folder)))
                .startsWith(folder.toString())
                .contains(message);
    }
}
