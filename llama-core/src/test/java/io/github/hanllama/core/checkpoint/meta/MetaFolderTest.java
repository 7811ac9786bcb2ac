package io.github.hanllama.core.checkpoint.meta;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Refusals;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.RopeScaling;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Meta's folders, and rows PJ1 to PJ5 of the table of bad input. */
class MetaFolderTest {
    private static final String UNEVEN = "synthetic/merged_ab/meta_2shard_f16";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"meta_1shard", "meta_2shard"})
    void fixture_holdsWhatSafetensorsHold(String layout) {
        try (Checkpoint meta = TestModels.open("synthetic/base/" + layout);
                Checkpoint expected = TestModels.open(TestModels.F32)) {
            TestModels.assertSameValues(meta, expected);
            LlamaConfig config = expected.config().toBuilder()
                    .dtype(Optional.of(DType.F16))
                    .maxPositionEmbeddings(4096)
                    .padTokenId(OptionalInt.empty())
                    .build();
            assertThat(meta.config()).isEqualTo(config);
        }
    }

    @Test
    void tokenizerBesideTheWeights() {
        try (Checkpoint meta = TestModels.open(TestModels.META)) {
            assertThat(meta.tokenizer().orElseThrow().vocabularySize()).isEqualTo(512);
            assertThat(meta.companionFiles()).extracting(Path::getFileName).containsExactly(Path.of("tokenizer.model"));
        }
    }

    @Test
    void anyNumberOfShards_isTheSameModel() {
        try (Checkpoint expected = TestModels.open(TestModels.META);
                Checkpoint two = TestModels.open("synthetic/base/meta_2shard");
                Checkpoint bin = TestModels.open(TestModels.BIN);
                Checkpoint four = TestModels.open(MetaModels.base().write(folder, 4))) {
            assertThat(two.identity()).isEqualTo(expected.identity());
            assertThat(four.identity()).isEqualTo(expected.identity());
            TestModels.assertSameValues(bin, four);
        }
    }

    @Test
    void embeddingSplitByRows_asInLlama3() {
        try (Checkpoint expected = TestModels.open(TestModels.META);
                Checkpoint byRows =
                        TestModels.open(MetaModels.base().embeddingByRows().write(folder, 2))) {
            assertThat(byRows.identity()).isEqualTo(expected.identity());
        }
    }

    @Test
    void unevenLastShard() {
        try (Checkpoint uneven = TestModels.open(UNEVEN)) {
            assertThat(uneven.tensor(TensorNames.LM_HEAD).info().shape()).containsExactly(641L, 64L);
            assertThat(uneven.config().vocabSize()).isEqualTo(641);
            float[] all = TestModels.rows(uneven.tensor(TensorNames.LM_HEAD), 0, 641);
            float[] seam = TestModels.rows(uneven.tensor(TensorNames.LM_HEAD), 319, 322);
            assertThat(seam).isEqualTo(Arrays.copyOfRange(all, 319 * 64, 322 * 64));
        }
    }

    /** Ranges that begin and end anywhere: inside a head, across the files. */
    @Test
    void anyRangeOfRows_isThatOfTheWhole() {
        try (Checkpoint meta = TestModels.open("synthetic/base/meta_2shard")) {
            for (TensorInfo info : meta.tensors()) {
                Tensor tensor = meta.tensor(info.name());
                int width = (int) info.rowLength();
                float[] all = TestModels.rows(tensor, 0, info.rows());
                for (long from = 0; from < info.rows(); from += 1 + info.rows() / 9) {
                    long to = Math.min(info.rows(), from + 1 + info.rows() / 5);
                    assertThat(TestModels.rows(tensor, from, to))
                            .as("%s %d to %d", info.name(), from, to)
                            .isEqualTo(Arrays.copyOfRange(all, (int) from * width, (int) to * width));
                }
            }
        }
    }

    @Test
    void tokenizerOneFolderUp() throws IOException {
        Path size = Files.createDirectory(folder.resolve("7B"));
        MetaModels.base().write(size, 1);
        Files.move(size.resolve("tokenizer.model"), folder.resolve("tokenizer.model"));
        try (Checkpoint checkpoint = TestModels.open(size)) {
            assertThat(checkpoint.tokenizer()).isPresent();
            assertThat(checkpoint.companionFiles()).containsExactly(folder.resolve("tokenizer.model"));
        }
    }

    @Test
    void pj1_vocabularyFromTheTensor_checkedAgainstTheTokenizer() throws IOException {
        TestModels.copy(UNEVEN, folder);
        Files.copy(TestData.path("synthetic/tokenizers/merged641_pad.model"), folder.resolve("tokenizer.model"));
        try (Checkpoint checkpoint = TestModels.open(folder)) {
            assertThat(checkpoint.config().vocabSize()).isEqualTo(641);
        }
        Files.delete(folder.resolve("tokenizer.model"));
        Files.copy(TestData.path("synthetic/tokenizers/merged640.model"), folder.resolve("tokenizer.model"));
        refused(
                ModelFormatException.class,
                "params.json leaves vocab_size to the tokenizer: expected 641",
                "found 640");
    }

    @Test
    void pj1_statedVocabularyMustBeTheTensors() {
        TestModels.copy(TestModels.META, folder);
        params("-1}", "513}");
        refused(ModelFormatException.class, "params.json says vocab_size 513, the weights have 512 rows");
        params("513}", "0}");
        refused(ModelFormatException.class, "vocab_size: expected a positive number, or -1");
    }

    @Test
    void pj2_whatIsMissing_isMetasDefault() {
        TestModels.copy(TestModels.META, folder);
        params("\"multiple_of\": 16, ", "");
        params("\"norm_eps\": 1e-05, ", "");
        try (Checkpoint checkpoint = TestModels.open(folder)) { // the weights know the width: 176, not 256
            assertThat(checkpoint.config().intermediateSize()).isEqualTo(176);
            assertThat(checkpoint.config().rmsNormEps()).isEqualTo(1e-5f);
            assertThat(checkpoint.config().ropeTheta()).isEqualTo(10000);
        }
        params("\"n_kv_heads\": 2, ", "");
        refused(
                ModelFormatException.class,
                "layers.0.attention.wk.weight: expected 64 rows in all by params.json (n_kv_heads 4), found 32 in 1 file");
    }

    @Test
    void pj2_statedWidth_mustBeTheWeights() {
        TestModels.copy(TestModels.META, folder);
        params("\"multiple_of\": 16", "\"multiple_of\": 256");
        refused(
                ModelFormatException.class,
                "feed_forward.w1.weight: expected 256 rows in all by params.json (multiple_of 256 and"
                        + " ffn_dim_multiplier 1.0), found 176");
        params("\"multiple_of\": 256", "\"multiple_of\": 16, \"ffn_dim_multiplier\": 1.3");
        refused(ModelFormatException.class, "expected 224 rows");
    }

    @Test
    void pj3_lastShardMissing() throws IOException {
        TestModels.copy("synthetic/base/meta_2shard", folder);
        Files.delete(folder.resolve("consolidated.01.pth"));
        refused(
                ModelFormatException.class,
                "layers.0.attention.wq.weight: expected 64 rows in all by params.json (dim 64), found 32 in 1 file; are all");
    }

    @Test
    void pj3_shardMissingBetween() throws IOException {
        MetaModels.base().write(folder, 4);
        Files.delete(folder.resolve("consolidated.02.pth"));
        refused(ModelNotFoundException.class, "consolidated.02.pth: not there, but consolidated.03.pth is");
    }

    @Test
    void pj3_countDoesNotDivideTheHeads() {
        MetaModels.base().write(folder, 3);
        refused(ModelFormatException.class, "expected a number of files that divides n_heads 4, found 3");
    }

    @Test
    void pj3_shardsOfTwoModels() throws IOException {
        TestModels.copy("synthetic/base/meta_2shard", folder);
        Files.copy(
                TestData.path(UNEVEN).resolve("consolidated.01.pth"),
                folder.resolve("consolidated.01.pth"),
                StandardCopyOption.REPLACE_EXISTING);
        refused(
                ModelFormatException.class,
                "consolidated.01.pth: tok_embeddings.weight: expected 512 rows as in consolidated.00.pth, found F16 [641,");
    }

    @Test
    void pj3_tensorMissing_orUnknown() {
        MetaModels.base()
                .rename("layers.1.feed_forward.w3.weight", "layers.1.feed_forward.w4.weight")
                .write(folder, 2);
        refused(ModelFormatException.class, "found also layers.1.feed_forward.w4.weight");
        params("\"n_layers\": 2", "\"n_layers\": 3");
        refused(ModelFormatException.class, "found also layers.1.feed_forward.w4.weight");
    }

    @Test
    void pj3_headCutShort() {
        MetaModels odd = MetaModels.base();
        odd.dropLastRow("layers.1.attention.wk.weight");
        odd.write(folder, 1);
        refused(ModelFormatException.class, "layers.1.attention.wk.weight: expected heads of 16 rows, found 31 rows");
    }

    @Test
    void pj3_tensorInOneFileOnly() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        MetaModels.base().write(folder, 2);
        MetaModels.base().remove("layers.1.attention.wv.weight").write(other, 2);
        Files.copy(
                other.resolve("consolidated.01.pth"),
                folder.resolve("consolidated.01.pth"),
                StandardCopyOption.REPLACE_EXISTING);
        refused(
                ModelFormatException.class,
                "consolidated.01.pth: expected layers.1.attention.wv.weight, found no such tensor; it is in"
                        + " consolidated.00.pth");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"dim\": 64 | \"dim\": 66 | dim: expected an even multiple of n_heads 4, found 66",
                "\"dim\": 64 | \"dim\": -64 | dim: expected a positive number, found -64",
                "\"dim\": 64 | \"dim\": 2000000 | dim: expected at most 1048576",
                "\"dim\": 64, | \"x\": 1, | dim: expected a positive number, found nothing",
                "\"n_heads\": 4 | \"n_heads\": 0 | n_heads: expected a positive number, found 0",
                "\"n_kv_heads\": 2 | \"n_kv_heads\": 3 | n_kv_heads: expected a divisor of n_heads 4, found 3",
                "\"n_layers\": 2 | \"n_layers\": 2000000000 | n_layers: expected at most 1024",
                "\"multiple_of\": 16 | \"multiple_of\": 0 | multiple_of: expected a positive number",
                "1e-05 | -1 | norm_eps: expected a positive number",
                "\"n_layers\": 2 | \"n_layers\": 2.5 | n_layers: expected an integer",
                "\"dim\": 64 | \"dim\": 64, \"ffn_dim_multiplier\": 1e300 | ffn_dim_multiplier: expected at most 64",
                "\"dim\": 64 | \"dim\": 64, \"ffn_dim_multiplier\": 1e-3 | ffn_dim_multiplier: expected enough for"
            })
    void pj4_numbersThatCannotBe(String before, String after, String message) {
        TestModels.copy(TestModels.META, folder);
        params(before, after);
        refused(ModelFormatException.class, "params.json: " + message);
    }

    @Test
    void pj5_scaledRope_isMetasOwn() {
        TestModels.copy(TestModels.META, folder);
        params("\"dim\": 64", "\"dim\": 64, \"use_scaled_rope\": true, \"rope_theta\": 500000.0");
        try (Checkpoint checkpoint = TestModels.open(folder)) {
            assertThat(checkpoint.config().ropeScaling()).isEqualTo(new RopeScaling.Llama3(8, 1, 4, 8192));
            assertThat(checkpoint.config().ropeTheta()).isEqualTo(500000);
            assertThat(checkpoint.config().maxPositionEmbeddings()).isEqualTo(131072);
        }
    }

    @Test
    void quantizedByMeta_isRefusedByName() {
        TestModels.copy(TestModels.META, folder);
        params("\"dim\": 64", "\"dim\": 64, \"quantization_args\": {\"scheme\": \"int8\"}");
        refused(UnsupportedModelException.class, "params.json: quantization_args: expected a plain LLaMA");
    }

    @Test
    void noParams() throws IOException {
        TestModels.copy(TestModels.META, folder);
        Files.delete(folder.resolve("params.json"));
        refused(ModelNotFoundException.class, "no params.json beside consolidated.00.pth");
    }

    /** As 13B models merged in early 2023 have 49952 rows. */
    @Test
    void headThatLostARow_isExplained() throws IOException {
        List<String> small = List.of("tok_embeddings.weight", "output.weight");
        MetaModels odd = MetaModels.base();
        small.forEach(name -> odd.dropLastRow(name));
        odd.loseHeadRows(1).write(folder, 2);
        Files.delete(folder.resolve("tokenizer.model"));
        refused(
                ModelFormatException.class,
                "model.embed_tokens.weight has 511 rows, lm_head.weight has 510",
                "the last row of the head is lost, as early merge scripts lost it");
    }

    @Test
    void checklist_ofSmallFiles_isVerified() throws IOException {
        MetaModels.base().write(folder, 2);
        StringBuilder checklist = new StringBuilder();
        for (String name : List.of("consolidated.00.pth", "consolidated.01.pth", "params.json")) {
            checklist
                    .append(FileHash.md5(folder.resolve(name), bytes -> {}).hex())
                    .append("  ")
                    .append(name)
                    .append('\n');
        }
        Files.writeString(folder.resolve("checklist.chk"), checklist);
        TestModels.open(folder).close();
        byte[] weights = Files.readAllBytes(folder.resolve("consolidated.01.pth"));
        weights[weights.length / 2] ^= 1;
        Files.write(folder.resolve("consolidated.01.pth"), weights);
        refused(ModelFormatException.class, "checklist.chk: consolidated.01.pth: expected MD5", "fetch it again");
        Files.writeString(folder.resolve("checklist.chk"), "d41d8cd98f00b204e9800998ecf8427e  consolidated.02.pth\n");
        refused(ModelNotFoundException.class, "checklist.chk: consolidated.02.pth: named here but not there");
        Files.writeString(folder.resolve("checklist.chk"), "d41d8cd98f00b204e9800998ecf8427e  ../x\n");
        refused(ModelFormatException.class, "checklist.chk: expected lines of an MD5 and the name of a file");
    }

    private void params(String before, String after) {
        TestModels.edit(folder.resolve("params.json"), json -> json.replace(before, after));
    }

    private void refused(Class<? extends LlamaException> kind, String... message) {
        assertThat(Refusals.inOneLine(kind, () -> TestModels.open(folder)))
                .startsWith(folder.toString())
                .contains(message);
    }
}
