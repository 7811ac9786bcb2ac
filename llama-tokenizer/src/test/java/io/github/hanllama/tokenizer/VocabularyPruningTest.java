package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import io.github.hanllama.tokenizer.VocabularyPruning.Piece;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Execution(ExecutionMode.CONCURRENT)
class VocabularyPruningTest {
    private static final Path PADDED = TestData.path("synthetic/tokenizers/merged641_pad.model");

    @TempDir
    private Path folder;

    /** Of the additions, as a search of all sums of two pieces finds them, too; Meta's own are all in use. */
    @ParameterizedTest
    @NeedsData("tokenizers/chinese_llama_49953.model")
    @CsvSource({
        "llama_tokenizer.model, 0, 0",
        "chinese_llama_49953.model, 345, 32000",
        "chinese_alpaca_49954.model, 346, 32000",
        "chinese_llama2_55296.model, 657, 32000"
    })
    void unreachable_ofThePublishedVocabularies(String file, int additions, int firstAddition) {
        List<Piece> unreachable =
                VocabularyPruning.of(TestData.path("tokenizers/" + file)).unreachable();

        assertThat(unreachable.stream().filter(piece -> piece.id() >= firstAddition && firstAddition > 0))
                .hasSize(additions);
    }

    @Test
    @NeedsData("tokenizers/chinese_alpaca_49954.model")
    void unreachable_areThoseThatNothingJoinsTo() {
        assertThat(VocabularyPruning.of(TestData.path("tokenizers/chinese_alpaca_49954.model"))
                        .unreachable())
                .contains(
                        new Piece(32373, "》、《"),
                        new Piece(33287, "越来越"),
                        new Piece(33598, "意大利"),
                        new Piece(49953, "[PAD]"))
                .noneMatch(piece -> piece.text().equals("人工智能"));
    }

    @Test
    @NeedsData("tokenizers/chinese_llama_49953.model")
    void aSmallerVocabulary_encodesEverythingAsBefore() throws IOException {
        Path target = folder.resolve("tokenizer.model");
        Path source = TestData.path("tokenizers/chinese_llama_49953.model");
        VocabularyPruning pruning = VocabularyPruning.of(source);
        pruning.write(target);
        Tokenizer before = Tokenizers.load(source);
        Tokenizer after = Tokenizers.load(target);
        String text = Files.readString(TestData.path("corpora/zh_yuanqu.txt")).substring(0, 200_000);

        List<Integer> kept = pruning.kept();
        int[] expected = before.encode(text);
        int[] found = after.encode(text);

        assertThat(after.vocabularySize()).isEqualTo(kept.size()).isLessThan(49953);
        for (int i = 0; i < found.length; i++) {
            found[i] = kept.get(found[i]);
        }
        assertThat(found).isEqualTo(expected);
        assertThat(VocabularyPruning.of(target).unreachable()).isEmpty();
    }

    @Test
    void keep_staysInPlace() {
        VocabularyPruning pruning = VocabularyPruning.of(PADDED);
        int before = pruning.kept().size();

        pruning.keep("[PAD]");

        assertThat(pruning.unreachable()).contains(new Piece(640, "[PAD]"));
        assertThat(pruning.kept()).hasSize(before + 1).endsWith(640).startsWith(0, 1, 2);
    }

    @Test
    void keepingAll_givesTheFileBack() throws IOException {
        VocabularyPruning pruning = VocabularyPruning.of(PADDED);
        pruning.unreachable().forEach(piece -> pruning.keep(piece.text()));

        assertThat(pruning.toBytes()).isEqualTo(Files.readAllBytes(PADDED));
    }

    @Test
    void keep_ofAnUnknownPiece() {
        VocabularyPruning pruning = VocabularyPruning.of(PADDED);

        assertThatThrownBy(() -> pruning.keep("不在"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no piece '不在' in the vocabulary");
    }

    @Test
    @NeedsData("tokenizers/chinese_sp.model")
    void of_anotherTypeOfModel() {
        assertThatThrownBy(() -> VocabularyPruning.of(TestData.path("tokenizers/chinese_sp.model")))
                .isInstanceOf(TokenizerException.class)
                .hasMessage("chinese_sp.model: expected a BPE model, found UNIGRAM");
    }
}
