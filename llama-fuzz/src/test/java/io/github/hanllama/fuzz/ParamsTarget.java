package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.config.MetaParams;
import io.github.hanllama.core.source.ModelFiles;

/** Meta's {@code params.json}, alone and beside a model's weights. */
final class ParamsTarget implements FuzzTarget {
    private static final String NAME = "params.json";

    private final ModelFiles model = PatchedFiles.fixture("synthetic/base/meta_1shard");
    private final Scratch scratch = Scratch.create();

    @Override
    public void run(byte[] input) {
        MetaParams params = MetaParams.read(input, NAME);
        assertThat(params.headDim()).isPositive();
        assertThat(params.intermediateSize()).isPositive();
        try (Checkpoint checkpoint = Checkpoints.open(PatchedFiles.of(model, scratch, NAME, input), warning -> {})) {
            assertThat(checkpoint.config().hiddenSize()).isEqualTo(params.dim());
        }
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.tree("synthetic", NAME)
                .text("{\"dim\": 4096, \"multiple_of\": 256, \"n_heads\": 32, \"n_layers\": 32, \"norm_eps\": 1e-06,"
                        + " \"vocab_size\": -1}")
                .text("{\"dim\": 8192, \"n_layers\": 80, \"n_heads\": 64, \"n_kv_heads\": 8, \"vocab_size\": 128256,"
                        + " \"ffn_dim_multiplier\": 1.3, \"multiple_of\": 4096, \"norm_eps\": 1e-05, \"rope_theta\":"
                        + " 500000.0, \"use_scaled_rope\": true, \"rope_scaling_factor\": 8.0,"
                        + " \"rope_high_freq_factor\": 4.0}")
                .text("{\"dim\": 64, \"n_layers\": 2, \"n_heads\": 4, \"n_kv_heads\": 2, \"moe_args\": {},"
                        + " \"quantization_args\": {\"scheme\": \"int4\"}}");
    }
}
