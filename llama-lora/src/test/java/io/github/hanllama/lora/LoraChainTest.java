package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.adapter.Misfit;
import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraChainTest {
    private static final String Q_PROJ = "model.layers.1.self_attn.q_proj.weight";
    private static final int WIDTH = TinyModel.WIDTH;

    @TempDir
    Path folder;

    @Test
    void everyAdapterRoundsOnce_asIfWrittenInBetween() {
        try (Checkpoint first = adapter("first").pairs(WIDTH).open().mergeInto(TinyModel.of(DType.BF16, 16))) {
            LoraWeights second =
                    adapter("second").set("lora_alpha", "3").pairs(WIDTH).open();
            AddLowRank change = (AddLowRank) second.change(Q_PROJ).orElseThrow();
            Tensor written = Values.reloaded(first.tensor(Q_PROJ));
            Tensor expected = new RoundedTensor(written.info(), new LowRankRows(written, change), "test");

            try (Checkpoint chain = second.mergeInto(first)) {
                assertThat(Values.stored(chain.tensor(Q_PROJ))).isEqualTo(Values.stored(expected));
                assertThat(chain.origin()).isEqualTo("tiny + first + second");
            }
        }
    }

    @Test
    void ac8_lastVocabularyAndTokenizerWin() {
        AdapterFolder llama = adapter("llama")
                .pairs(WIDTH)
                .vocabulary(640, WIDTH)
                .file(TestData.path("synthetic/lora_a/tokenizer.model"));
        AdapterFolder alpaca = adapter("alpaca")
                .set("lora_alpha", "6")
                .pairs(WIDTH)
                .vocabulary(641, WIDTH)
                .file(TestData.path("synthetic/lora_b/tokenizer.model"));

        try (Checkpoint chain = alpaca.open().mergeInto(llama.open().mergeInto(TinyModel.of(DType.F16, 512)))) {
            assertThat(chain.config().vocabSize()).isEqualTo(641);
            assertThat(chain.tokenizer().orElseThrow().vocabularySize()).isEqualTo(641);
            assertThat(chain.tensor("lm_head.weight").info().rows()).isEqualTo(641);
            assertThat(chain.companionFiles())
                    .containsExactly(
                            Path.of("base", "generation_config.json"),
                            folder.resolve("alpaca").resolve("tokenizer.model"));
            assertThat(chain.weightFiles()).hasSize(3);
        }
    }

    @Test
    void adapterWithoutTokenizer_keepsTheOneBefore() {
        AdapterFolder llama = adapter("llama")
                .pairs(WIDTH)
                .vocabulary(640, WIDTH)
                .file(TestData.path("synthetic/lora_a/tokenizer.model"));
        AdapterFolder more = adapter("more").set("lora_alpha", "6").pairs(WIDTH);

        try (Checkpoint chain = more.open().mergeInto(llama.open().mergeInto(TinyModel.of(DType.F16, 512)))) {
            assertThat(chain.config().vocabSize()).isEqualTo(640);
            assertThat(chain.tokenizer().orElseThrow().vocabularySize()).isEqualTo(640);
        }
    }

    @Test
    void ac8_reversed_isRefusedWithTheRightOrder() {
        LoraWeights llama =
                adapter("llama-plus").pairs(WIDTH).vocabulary(49953, WIDTH).open();
        LoraWeights alpaca =
                adapter("alpaca-plus").pairs(WIDTH).vocabulary(49954, WIDTH).open();

        try (Checkpoint base = alpaca.mergeInto(TinyModel.of(DType.F16, 32000))) {
            assertThatThrownBy(() -> llama.mergeInto(base))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessage("llama-plus does not fit tiny + alpaca-plus: it brings 49953 (Chinese-LLaMA) rows of"
                            + " embeddings, but the model already has 49954 (Chinese-Alpaca); the chain is in the wrong"
                            + " order: apply llama-plus first, then alpaca-plus");
        }
        llama.close();
    }

    @Test
    void fewerRowsThanAWrittenModel_areRefused() {
        try (LoraWeights llama =
                adapter("llama").pairs(WIDTH).vocabulary(49953, WIDTH).open()) {
            TinyModel base = TinyModel.of(DType.F16, 49954);

            assertThatThrownBy(() -> llama.mergeInto(base))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessageEndingWith(
                            "the model already has 49954 (Chinese-Alpaca); was it made for another base?");
        }
    }

    @Test
    void ac8_theSameAdapterTwice_isRefused() {
        LoraWeights again = adapter("again").pairs(WIDTH).open();

        try (Checkpoint once = adapter("once").pairs(WIDTH).open().mergeInto(TinyModel.of(DType.F32, 16))) {
            assertThatThrownBy(() -> again.mergeInto(once))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessage("again does not fit tiny + once: it is already part of tiny + once; apply it once");
        }
        again.close();
    }

    @Test
    void alpacaPlusOnPlainLlama_isRefusedWhenItSaysSo() {
        LoraWeights alpaca = adapter("alpaca-plus")
                .set("base_model_name_or_path", "\"/data/Chinese-LLaMA-Plus-7B\"")
                .pairs(WIDTH)
                .vocabulary(49954, WIDTH)
                .open();
        TinyModel base = TinyModel.of(DType.F16, 32000);

        assertThatThrownBy(() -> alpaca.mergeInto(base))
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("it continues Chinese-LLaMA-Plus")
                .hasMessageEndingWith("apply the Chinese-LLaMA-Plus adapter first");
        alpaca.close();
    }

    @Test
    void alpacaProOnPlainLlama_isRefusedWhenItsHashSaysSo() {
        AdapterFolder folder = adapter("pro").set("r", "64").set("target_modules", "null");
        folder.pair("model.layers.0.self_attn.q_proj", WIDTH, 64, WIDTH).vocabulary(49954, WIDTH);
        TinyModel llama = TinyModel.of(DType.F16, 32000);
        TinyModel llamaPlus = TinyModel.of(DType.F16, 49953);

        try (LoraWeights pro = folder.open()) {
            Map<String, String> published = Map.of(Sha256.of(pro.file()), "Chinese-Alpaca-Pro-7B");

            assertThat(ChainFit.misfits(llama, pro, published))
                    .containsExactly(new Misfit(
                            true,
                            "pro does not fit tiny: it continues Chinese-LLaMA-Plus (it is Chinese-Alpaca-Pro-7B by its"
                                    + " SHA-256), but the base has the vocabulary of 32000 (LLaMA) entries; apply the"
                                    + " Chinese-LLaMA-Plus adapter first"));
            assertThat(ChainFit.misfits(llamaPlus, pro, published)).isEmpty();
        }
        assertThat(PublishedAdapters.CONTINUE_LLAMA_PLUS).hasSize(6).allSatisfy((hash, name) -> assertThat(hash)
                .hasSize(64));
    }

    private AdapterFolder adapter(String name) {
        return new AdapterFolder(folder.resolve(name));
    }
}
