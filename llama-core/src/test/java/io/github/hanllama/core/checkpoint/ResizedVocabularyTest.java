package io.github.hanllama.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.Llama;
import io.github.hanllama.quant.HalfFloats;
import io.github.hanllama.testdata.TestData;
import io.github.hanllama.tokenizer.VocabularyMerge;
import io.github.hanllama.tokenizer.VocabularyPruning;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResizedVocabularyTest {
    private static final int ROWS = 512;
    private static final int WIDTH = 64;

    @TempDir
    private Path folder;

    private Path tokenizer = Path.of("");

    @BeforeEach
    void growTheVocabulary() {
        tokenizer = folder.resolve("tokenizer.model");
        VocabularyMerge.of(TestData.path("synthetic/tokenizers/tok512.model"))
                .addPiecesOf(TestData.path("synthetic/tokenizers/zh_subset.model"))
                .addPiece("[PAD]")
                .write(tokenizer);
    }

    @Test
    void grown_keepsEveryRowAsStored_andRoundsTheMeanOnce() {
        try (Checkpoint base = base();
                Checkpoint grown = ResizedVocabulary.grown(base(), tokenizer, new NewRows.Mean())) {
            for (String name : List.of(TensorNames.EMBED_TOKENS, TensorNames.LM_HEAD)) {
                byte[] before = bytes(base.tensor(name), ROWS);
                assertThat(grown.tensor(name).info().shape()).containsExactly(641L, (long) WIDTH);
                assertThat(bytes(grown.tensor(name), ROWS)).isEqualTo(before);
                float[] mean = roundedMean(values(base.tensor(name), 0, ROWS));
                assertThat(values(grown.tensor(name), ROWS, 513)).isEqualTo(mean);
                assertThat(values(grown.tensor(name), 640, 641)).isEqualTo(mean);
            }
            String other = TensorNames.weight(0, TensorNames.Module.Q_PROJ);
            assertThat(grown.tensor(other).raw()).isPresent();
            assertThat(grown.config().vocabSize()).isEqualTo(641);
            assertThat(grown.tokenizer().orElseThrow().vocabularySize()).isEqualTo(641);
            assertThat(grown.identity()).isNotEqualTo(base.identity());
        }
    }

    @Test
    void normalRows_areTheSameForASeed_andSpreadAsAsked() {
        float[] first = newRows(new NewRows.Normal(1, 0.02));
        float[] again = newRows(new NewRows.Normal(1, 0.02));
        float[] other = newRows(new NewRows.Normal(2, 0.02));

        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
        double squares = IntStream.range(0, first.length)
                .mapToDouble(i -> (double) first[i] * first[i])
                .sum();
        assertThat(Math.sqrt(squares / first.length)).isBetween(0.019, 0.021);
        assertThat(Arrays.copyOf(first, WIDTH)).isNotEqualTo(Arrays.copyOfRange(first, WIDTH, 2 * WIDTH));
    }

    @Test
    void zeroRows() {
        assertThat(newRows(new NewRows.Zero())).containsOnly(0f);
    }

    @Test
    void anyRangeOfRows_isTheSame() {
        try (Checkpoint grown = ResizedVocabulary.grown(base(), tokenizer, new NewRows.Normal(3, 0.02))) {
            Tensor tensor = grown.tensor(TensorNames.LM_HEAD);
            float[] all = values(tensor, 0, 641);

            assertThat(values(tensor, 500, 530)).isEqualTo(Arrays.copyOfRange(all, 500 * WIDTH, 530 * WIDTH));
        }
    }

    @Test
    void written_andOpenedAgain() {
        Path written = folder.resolve("model");
        try (Checkpoint grown = ResizedVocabulary.grown(base(), tokenizer, new NewRows.Mean())) {
            CheckpointWriter.safetensors().write(grown, written, WriteOptions.DEFAULT);
        }

        try (Checkpoint opened = Llama.from(written).openCheckpoint()) {
            assertThat(opened.config().vocabSize()).isEqualTo(641);
            assertThat(opened.tokenizer().orElseThrow().vocabularySize()).isEqualTo(641);
        }
    }

    @Test
    void selected_takesTheRowsOfWhatIsLeft() {
        Path smaller = folder.resolve("smaller/tokenizer.model");
        smaller.getParent().toFile().mkdirs();
        VocabularyPruning pruning = VocabularyPruning.of(tokenizer);
        pruning.write(smaller);
        List<Integer> kept = pruning.kept();

        try (Checkpoint grown = ResizedVocabulary.grown(base(), tokenizer, new NewRows.Normal(3, 0.02));
                Checkpoint pruned = ResizedVocabulary.selected(grown, smaller, kept)) {
            float[] all = values(grown.tensor(TensorNames.LM_HEAD), 0, 641);
            float[] found = values(pruned.tensor(TensorNames.LM_HEAD), 0, kept.size());
            assertThat(kept.size()).isLessThan(641).isGreaterThan(ROWS / 2);
            for (int row = 0; row < kept.size(); row++) {
                assertThat(Arrays.copyOfRange(found, row * WIDTH, (row + 1) * WIDTH))
                        .isEqualTo(Arrays.copyOfRange(all, kept.get(row) * WIDTH, (kept.get(row) + 1) * WIDTH));
            }
            assertThat(pruned.config().vocabSize()).isEqualTo(kept.size());
            assertThat(pruned.config().bosTokenId()).hasValue(1);
        }
    }

    @Test
    void aSmallerVocabulary_isNotGrown() {
        try (Checkpoint base = ResizedVocabulary.grown(base(), tokenizer, new NewRows.Zero())) {
            Path smaller = folder.resolve("tokenizer.model");
            VocabularyMerge.of(TestData.path("synthetic/tokenizers/tok512.model"))
                    .write(smaller);

            assertThatThrownBy(() -> ResizedVocabulary.grown(base, smaller, new NewRows.Zero()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected a vocabulary of at least the 641 rows");
        }
    }

    @Test
    void aVocabularyInAnotherOrder_isNotGrown() {
        try (Checkpoint base = ResizedVocabulary.grown(base(), tokenizer, new NewRows.Zero())) {
            Path other = folder.resolve("tokenizer.model");
            VocabularyMerge.of(TestData.path("synthetic/tokenizers/tok512.model"))
                    .addPiece("[PAD]")
                    .addPiecesOf(TestData.path("synthetic/tokenizers/zh_subset.model"))
                    .write(other);

            assertThatThrownBy(() -> ResizedVocabulary.grown(base, other, new NewRows.Zero()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected all pieces of")
                    .hasMessageContaining("under their ids, found 129 moved and 0 missing");
        }
    }

    @Test
    void selected_needsARowForEachPiece() {
        try (Checkpoint base = base()) {
            assertThatThrownBy(() -> ResizedVocabulary.selected(base, tokenizer, List.of(1, 2)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("for each of the 641 pieces, found 2");
        }
    }

    @Test
    void normal_ofNoWidth() {
        assertThatThrownBy(() -> new NewRows.Normal(1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private float[] newRows(NewRows kind) {
        try (Checkpoint grown = ResizedVocabulary.grown(base(), tokenizer, kind)) {
            return values(grown.tensor(TensorNames.EMBED_TOKENS), ROWS, 641);
        }
    }

    private static Checkpoint base() {
        return Llama.from(TestData.path("synthetic/base/hf_bin_2shard")).openCheckpoint();
    }

    private static float[] roundedMean(float[] values) {
        float[] mean = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            double sum = 0;
            for (int row = 0; row < ROWS; row++) {
                sum += values[row * WIDTH + i];
            }
            mean[i] = HalfFloats.f16ToFloat(HalfFloats.floatToF16((float) (sum / ROWS)));
        }
        return mean;
    }

    private static float[] values(Tensor tensor, int from, int to) {
        float[] result = new float[(to - from) * WIDTH];
        tensor.readRows(
                from,
                to,
                (first, count, values) ->
                        System.arraycopy(values, 0, result, (int) (first - from) * WIDTH, count * WIDTH));
        return result;
    }

    private static byte[] bytes(Tensor tensor, int rows) {
        byte[] result = new byte[(int) (rows * tensor.info().rowBytes())];
        tensor.readStoredRows(0, rows, (first, count, bytes) -> MemorySegment.ofArray(result)
                .asSlice(first * tensor.info().rowBytes(), bytes.byteSize())
                .copyFrom(bytes));
        return result;
    }
}
