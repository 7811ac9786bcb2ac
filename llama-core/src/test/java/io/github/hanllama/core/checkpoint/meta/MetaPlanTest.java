package io.github.hanllama.core.checkpoint.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.MetaLayout;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.UnevenRows;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.write.ShardPlan;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Shapes of the published sizes, without their weights. */
class MetaPlanTest {
    private static final int CHINESE_LLAMA = 49953;

    @ParameterizedTest
    @CsvSource({"4096, 32, 32, 11008, 1", "5120, 40, 40, 13824, 2", "6656, 60, 52, 17920, 4", "8192, 80, 64, 22016, 8"})
    void publishedSize_hasItsOwnNumberOfFiles(int hidden, int layers, int heads, int inner, int files) {
        List<ShardPlan> shards = shards(model(hidden, layers, heads, inner), MetaLayout.DEFAULT);
        assertThat(shards).hasSize(files);
        assertThat(shards.getFirst().name()).isEqualTo("consolidated.00.pth");
        TensorInfo gate = part(shards, 0, "layers.0.feed_forward.w1.weight");
        assertThat(gate.shape()).containsExactly((long) inner / files, (long) hidden);
        TensorInfo down = part(shards, files - 1, "layers.1.feed_forward.w2.weight");
        assertThat(down.shape()).containsExactly((long) hidden, (long) inner / files);
        long rows = shards.stream()
                .mapToLong(shard -> part(List.of(shard), 0, "output.weight").rows())
                .sum();
        assertThat(rows).isEqualTo(CHINESE_LLAMA);
    }

    @Test
    void rowsOf13b_asTheMergeScript() {
        List<ShardPlan> shards = shards(model(5120, 40, 40, 13824), MetaLayout.DEFAULT);
        assertThat(part(shards, 0, "output.weight").shape()).containsExactly(24976L, 5120L);
        assertThat(part(shards, 1, "output.weight").shape()).containsExactly(24977L, 5120L);
        assertThat(part(shards, 1, "tok_embeddings.weight").shape()).containsExactly(49953L, 2560L);
    }

    @Test
    void rowsOf13b_asOpenChineseLlama() {
        MetaLayout layout = MetaLayout.DEFAULT.vocabulary(UnevenRows.LAST_FEWER);
        List<ShardPlan> shards = shards(model(5120, 40, 40, 13824), layout);
        assertThat(part(shards, 0, "output.weight").shape()).containsExactly(24977L, 5120L);
        assertThat(part(shards, 1, "output.weight").shape()).containsExactly(24976L, 5120L);
    }

    @Test
    void headsOf33b_doNotDivideByEight() {
        assertThatThrownBy(() -> shards(model(6656, 60, 52, 17920), MetaLayout.DEFAULT.files(8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("num_attention_heads: expected a number that 8 files can share, found 52");
    }

    @Test
    void fewRows_areRefused() {
        assertThatThrownBy(() -> UnevenRows.LAST_FEWER.bounds("output.weight", 5, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("output.weight: expected rows for each of 4 files, found 5 in all");
        assertThatThrownBy(() -> UnevenRows.LAST_MORE.bounds("output.weight", 3, 4))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(UnevenRows.LAST_MORE.bounds("output.weight", 5, 4)).containsExactly(0L, 1L, 2L, 3L, 5L);
    }

    private static List<ShardPlan> shards(LlamaConfig config, MetaLayout layout) {
        return new MetaPlan(layout, new ShapedCheckpoint(config, DType.F16), WriteOptions.DEFAULT).shards();
    }

    private static TensorInfo part(List<ShardPlan> shards, int file, String name) {
        return shards.get(file).layout().tensors().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static LlamaConfig model(int hidden, int layers, int heads, int inner) {
        return LlamaConfig.builder()
                .hiddenSize(hidden)
                .intermediateSize(inner)
                .numHiddenLayers(layers)
                .numAttentionHeads(heads)
                .numKeyValueHeads(heads)
                .headDim(hidden / heads)
                .vocabSize(CHINESE_LLAMA)
                .build();
    }
}
