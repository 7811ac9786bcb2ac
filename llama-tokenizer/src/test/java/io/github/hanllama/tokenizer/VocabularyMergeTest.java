package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabularyMergeTest {
    private static final Path TINY = TestData.path("synthetic/tokenizers/tok512.model");
    private static final Path CHINESE = TestData.path("synthetic/tokenizers/zh_subset.model");

    @TempDir
    Path folder;

    @Test
    void toBytes_nothingAdded() throws IOException {
        assertThat(VocabularyMerge.of(TINY).toBytes()).isEqualTo(Files.readAllBytes(TINY));
    }

    @Test
    void toBytes_ownFixtures() throws IOException {
        VocabularyMerge merge = VocabularyMerge.of(TINY).addPiecesOf(CHINESE);
        assertThat(merge.vocabularySize()).isEqualTo(640);
        assertThat(merge.toBytes())
                .isEqualTo(Files.readAllBytes(TestData.path("synthetic/tokenizers/merged640.model")));
        assertThat(merge.addPiece("[PAD]").toBytes())
                .isEqualTo(Files.readAllBytes(TestData.path("synthetic/tokenizers/merged641_pad.model")));
        assertThat(merge.added()).hasSize(129).endsWith("[PAD]");
    }

    @Test
    @NeedsData({"tokenizers/llama_tokenizer.model", "tokenizers/chinese_sp.model"})
    void write_publishedVocabularies() throws Exception {
        VocabularyMerge merge = VocabularyMerge.of(TestData.path("tokenizers/llama_tokenizer.model"))
                .addPiecesOf(TestData.path("tokenizers/chinese_sp.model"));
        Path target = folder.resolve("tokenizer.model");

        merge.write(target);
        assertThat(merge.vocabularySize()).isEqualTo(49953);
        assertThat(sha256(target)).isEqualTo("e2676d4ca29ca1750f6ff203328d73b189321dc5776ceede037cbd36541d70c0");

        merge.addPiece("[PAD]").write(target);
        assertThat(merge.vocabularySize()).isEqualTo(49954);
        assertThat(sha256(target)).isEqualTo("2d967e855b1213a439df6c8ce2791f869c84b4f3b6cfacf22b86440b8192a2f8");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(target);
        }
    }

    @Test
    void addPiece_alreadyThere() {
        VocabularyMerge merge = VocabularyMerge.of(TINY);
        assertThatThrownBy(() -> merge.addPiece("</s>"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("piece must be new and not empty, was '</s>'");
        assertThatThrownBy(() -> merge.addPiece("")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void write_brokenRuleLeavesNoFile() {
        VocabularyMerge merge = VocabularyMerge.of(TINY).addPiece("x".repeat(70_000));
        Path target = folder.resolve("tokenizer.model");
        assertThatThrownBy(() -> merge.write(target))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("expected at most 65536 bytes of text");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void of_missingFile() {
        assertThatThrownBy(() -> VocabularyMerge.of(folder.resolve("none.model")))
                .isInstanceOf(TokenizerException.class)
                .hasMessage("no such file: none.model");
    }

    @Test
    void write_missingFolder() {
        assertThatThrownBy(() -> VocabularyMerge.of(TINY).write(folder.resolve("none/tokenizer.model")))
                .isInstanceOf(TokenizerException.class)
                .hasMessageStartingWith("cannot write tokenizer.model");
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
