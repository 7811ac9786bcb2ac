package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.CapturedLog;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is only suspicious is merged, and said. */
class ChainWarningsTest {
    private final CapturedLog said = new CapturedLog(BaseFit.class.getName());

    @TempDir
    Path folder;

    @AfterEach
    void stopListening() {
        said.close();
    }

    @Test
    void ac9_otherDeclaredBase_isSaid() {
        merge(adapter().set("base_model_name_or_path", "\"meta-llama/Llama-2-13b-hf\""), 16);

        assertThat(said.messages())
                .containsExactly("zh says it was trained on meta-llama/Llama-2-13b-hf; here it goes on tiny");
    }

    @Test
    void ac9_declaredBaseOnSomebodysDisk_saysNothing() {
        merge(adapter().set("base_model_name_or_path", "\"/home/somebody/models/llama\""), 16);
        merge(adapter().set("base_model_name_or_path", "\"owner/tiny\""), 16);

        assertThat(said.messages()).isEmpty();
    }

    @Test
    void whatLooksLikeAlpacaPlusOnPlainLlama_isSaid() {
        AdapterFolder adapter = adapter().set("r", "64").set("target_modules", "null");
        adapter.pair("model.layers.0.self_attn.q_proj", TinyModel.WIDTH, 64, TinyModel.WIDTH);

        merge(adapter.vocabulary(49954, TinyModel.WIDTH), 32000);

        assertThat(said.messages())
                .singleElement()
                .asString()
                .startsWith("zh looks like Chinese-Alpaca-Plus or -Pro, which continue Chinese-LLaMA-Plus");
    }

    private AdapterFolder adapter() {
        return new AdapterFolder(folder.resolve("zh"));
    }

    private void merge(AdapterFolder adapter, int vocabSize) {
        AdapterFolder complete = vocabSize == 16 ? adapter.pairs(TinyModel.WIDTH) : adapter;
        try (Checkpoint merged = complete.open().mergeInto(TinyModel.of(DType.F16, vocabSize))) {
            assertThat(merged.tensors()).isNotEmpty();
        }
    }
}
