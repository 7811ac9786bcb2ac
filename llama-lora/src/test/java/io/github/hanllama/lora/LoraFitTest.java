package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraFitTest {
    private static final String Q_PROJ = "model.layers.0.self_attn.q_proj.weight";
    private static final int WIDTH = TinyModel.WIDTH;

    @TempDir
    Path folder;

    private AdapterFolder adapter;
    private TinyModel base;

    @BeforeEach
    void adapterAndBase() {
        adapter = new AdapterFolder(folder.resolve("zh")).pairs(WIDTH);
        base = TinyModel.of(DType.F32, 512);
    }

    @Test
    void ac5_ac7_otherWidth_isRefusedWithShapes() {
        adapter = new AdapterFolder(folder.resolve("zh")).pairs(16);

        assertRefused("it was made for a model of another size; 4 shapes differ:"
                + " model.layers.0.self_attn.q_proj.weight [16, 16] on [8, 8], ");
    }

    @Test
    void ac7_embeddingsOfOtherWidth_areRefused() {
        adapter.vocabulary(640, 16);

        assertRefused("model.embed_tokens.weight [640, 16] on [512, 8]");
    }

    @Test
    void ac6_layerBeyondTheBase_isRefused() {
        adapter.pair("model.layers.2.self_attn.q_proj", WIDTH, 2, WIDTH);

        assertRefused("it changes 1 tensors that the base, with 2 layers, does not have:"
                + " model.layers.2.self_attn.q_proj.weight");
    }

    @Test
    void ac6_biasOfABaseWithout_isRefused() {
        adapter.random(AdapterFolder.PREFIX + "model.layers.0.self_attn.q_proj.bias", WIDTH);

        assertRefused("does not have: model.layers.0.self_attn.q_proj.bias");
    }

    /** As Chinese-LlaMA2 by michael-wzhu has them: rank 20, alpha 32, embedding and head under the base's own names. */
    @Test
    void peftEmbeddingAndHead_inNamesOfTheBase() {
        AdapterFolder own =
                new AdapterFolder(folder.resolve("own")).set("r", "20").set("lora_alpha", "32");
        for (int layer = 0; layer < TinyModel.LAYERS; layer++) {
            own.pair("model.layers." + layer + ".self_attn.q_proj", WIDTH, 20, WIDTH);
            own.pair("model.layers." + layer + ".self_attn.v_proj", WIDTH, 20, WIDTH);
        }
        own.random("model.embed_tokens.weight", 512, WIDTH).random("lm_head.weight", 512, WIDTH);

        try (LoraWeights weights = own.open()) {
            assertThat(weights.addition(Q_PROJ).orElseThrow().scale()).isEqualTo(1.6f);
        }
        try (Checkpoint merged = own.open().mergeInto(base)) {
            assertThat(Values.of(merged, Q_PROJ)).isNotEqualTo(Values.of(base, Q_PROJ));
            for (String name : List.of("model.embed_tokens.weight", "lm_head.weight")) {
                assertThat(Values.of(merged, name)).isNotEqualTo(Values.of(base, name));
            }
            assertThat(merged.config().vocabSize()).isEqualTo(512);
        }
    }

    @Test
    void frozenBase_isAccepted() {
        copyOfTheBase(DType.F32, 0);

        try (Checkpoint merged = adapter.open().mergeInto(base)) {
            assertThat(Values.of(merged, Q_PROJ)).isNotEqualTo(Values.of(base, Q_PROJ));
        }
    }

    @Test
    void frozenBaseInHalfTheBits_isAccepted() {
        copyOfTheBase(DType.F16, 0);

        try (Checkpoint merged = adapter.open().mergeInto(base)) {
            assertThat(merged.tensor(Q_PROJ).info().dtype()).isEqualTo(DType.F32);
        }
    }

    @Test
    void frozenBaseThatIsAnother_isRefused() {
        copyOfTheBase(DType.F16, 0.25f);

        assertRefused("it carries its own " + Q_PROJ + " beside a low-rank pair, and 64 of its 64 values are not those"
                + " of the base; was it trained on another base, or was the pair merged already?");
    }

    @Test
    void frozenBaseOfAnotherSize_isRefused() {
        adapter.random(AdapterFolder.PREFIX + Q_PROJ, WIDTH, WIDTH + 1);

        assertRefused("1 shapes differ: " + Q_PROJ + " [8, 9] on [8, 8]");
    }

    private void copyOfTheBase(DType dtype, float difference) {
        float[] values = Values.of(base, Q_PROJ);
        for (int i = 0; i < values.length; i++) {
            values[i] += difference;
        }
        adapter.tensor(AdapterFolder.PREFIX + Q_PROJ, dtype, values, WIDTH, WIDTH);
    }

    @Test
    void wholeLayerWithoutItsPair_isRefused() {
        adapter.set("target_modules", "[\"q_proj\", \"v_proj\", \"down_proj\"]")
                .random(AdapterFolder.PREFIX + "model.layers.0.mlp.down_proj.weight", WIDTH, 2 * WIDTH)
                .random(AdapterFolder.PREFIX + "model.layers.1.mlp.down_proj.weight", WIDTH, 2 * WIDTH);

        assertRefused("it lacks 2 low-rank pairs that its target_modules name: model.layers.0.mlp.down_proj.weight");
    }

    @Test
    void announcedEmbeddingPairThatIsMissing_isRefused() {
        adapter.set("target_modules", "[\"q_proj\", \"v_proj\", \"embed_tokens\"]");

        assertRefused("it lacks 1 low-rank pairs that its target_modules name: model.embed_tokens.weight");
    }

    @Test
    void pairOnAVocabularyOfAnotherSize_isRefused() {
        adapter.set("target_modules", "[\"q_proj\", \"v_proj\", \"lm_head\"]").pair("lm_head", 640, 2, WIDTH);

        assertRefused("1 shapes differ: lm_head.weight [640, 8] on [512, 8]");
    }

    @Test
    void addedBiasOfABaseWithout_isRefused() {
        adapter.set("lora_bias", "true");
        for (String module : List.of("0.self_attn.q", "0.self_attn.v", "1.self_attn.q", "1.self_attn.v")) {
            adapter.random(AdapterFolder.PREFIX + "model.layers." + module + "_proj.lora_B.bias", WIDTH);
        }

        assertRefused("it changes 4 tensors that the base, with 2 layers, does not have:"
                + " model.layers.0.self_attn.q_proj.bias, ");
    }

    @Test
    void announcedPairsThatAreMissing_areRefused() {
        adapter.set("target_modules", "[\"q_proj\", \"v_proj\", \"down_proj\"]");

        assertRefused("it lacks 2 low-rank pairs that its target_modules name: model.layers.0.mlp.down_proj.weight,"
                + " model.layers.1.mlp.down_proj.weight");
    }

    @Test
    void whole_mayOnlyGrowWithTheVocabulary() {
        adapter.random(AdapterFolder.PREFIX + "model.norm.weight", 2 * WIDTH);

        assertRefused("model.norm.weight [16] on [8]");
    }

    @Test
    void headWithoutEmbedding_isRefused() {
        adapter.random(AdapterFolder.PREFIX + "lm_head.weight", 640, WIDTH);

        assertRefused("the embedding would have 512 rows and the head 640; it must bring both or neither");
    }

    @Test
    void tokenizerWithoutEmbeddings_isRefused() {
        adapter.file(TestData.path("synthetic/lora_a/tokenizer.model"));

        assertRefused("it brings a tokenizer of 640 entries but no embeddings for them; the base has 512 rows");
    }

    @Test
    void sp11_tokenizerLargerThanItsEmbeddings_isRefused() {
        adapter.vocabulary(640, WIDTH).file(TestData.path("synthetic/lora_b/tokenizer.model"));

        assertRefused("the tokenizer it brings has 641 entries, the embedding would have 640 rows");
    }

    @Test
    void sp11_tokenizerSmallerThanItsEmbeddings_isPadding() {
        adapter.vocabulary(704, WIDTH).file(TestData.path("synthetic/lora_a/tokenizer.model"));

        try (Checkpoint merged = adapter.open().mergeInto(base)) {
            assertThat(merged.config().vocabSize()).isEqualTo(704);
        }
    }

    @Test
    void sp11_llamaTokenizerOfTheBaseWithAlpacaEmbeddings_isRefused() {
        base = TinyModel.of(DType.F16, 32000).with(FixedTokenizer.of(32000));
        adapter.vocabulary(49954, WIDTH);

        assertRefused("the tokenizer of the base has 32000 (LLaMA) entries, the embedding would have 49954"
                + " (Chinese-Alpaca) rows; use the tokenizer that was published with these embeddings");
    }

    @Test
    void sp11_chineseLlamaTokenizerOnAlpaca_isRefused() {
        base = TinyModel.of(DType.F16, 49954).with(FixedTokenizer.of(49953));

        assertRefused("has 49953 (Chinese-LLaMA) entries, the embedding would have 49954 (Chinese-Alpaca) rows");
    }

    @Test
    void sp11_oneRowCutOff_isRefused() {
        base = TinyModel.of(DType.F16, 49952).with(FixedTokenizer.of(49953));

        assertRefused("has 49953 (Chinese-LLaMA) entries, the embedding would have 49952 rows");
    }

    @Test
    void refused_leavesBothOpen() {
        adapter.pair("model.layers.2.self_attn.q_proj", WIDTH, 2, WIDTH);
        FolderFiles files = adapter.files();
        LoraWeights weights = files.open();

        assertThatThrownBy(() -> weights.mergeInto(base)).isInstanceOf(AdapterMismatchException.class);

        assertThat(base.closed).isFalse();
        assertThat(files.closed).isFalse();
        weights.close();
    }

    private void assertRefused(String cause) {
        try (LoraWeights weights = adapter.open()) {
            assertThatThrownBy(() -> weights.mergeInto(base))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessageStartingWith("zh does not fit tiny: ")
                    .hasMessageContaining(cause);
        }
    }
}
