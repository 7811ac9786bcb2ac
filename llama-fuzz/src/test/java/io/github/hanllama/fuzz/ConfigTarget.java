package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.ExpectedTensors;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import java.nio.charset.StandardCharsets;

/** Hugging Face's {@code config.json}: what is read is usable, and the same once written and read again. */
final class ConfigTarget implements FuzzTarget {
    private static final String NAME = "config.json";

    @Override
    public void run(byte[] input) {
        LlamaConfig config = HfConfig.read(input, NAME, warning -> {});
        assertThat(ExpectedTensors.of(config)).isNotEmpty();
        byte[] written = HfConfig.write(config).getBytes(StandardCharsets.UTF_8);
        assertThat(HfConfig.read(written, NAME, warning -> {})).isEqualTo(config);
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.tree("hf", "/base/config.json", NAME)
                .tree("synthetic", NAME)
                .files("models/stories260k-hf/config.json")
                .text("{\"architectures\": [\"LLaMAForCausalLM\"], \"bos_token_id\": 0, \"eos_token_id\": 1,"
                        + " \"hidden_act\": \"silu\", \"hidden_size\": 4096, \"intermediate_size\": 11008,"
                        + " \"max_sequence_length\": 2048, \"model_type\": \"llama\", \"pad_token_id\": -1,"
                        + " \"rms_norm_eps\": 1e-06, \"torch_dtype\": \"float16\", \"vocab_size\": 32000}");
    }
}
