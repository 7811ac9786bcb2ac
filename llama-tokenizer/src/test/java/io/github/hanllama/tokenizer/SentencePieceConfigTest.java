package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the JSON files beside a SentencePiece model change. The model: 512 pieces, {@code ▁} is 410, {@code ▁a} 261. */
class SentencePieceConfigTest {
    private static final EncodeOptions PARSE = EncodeOptions.PLAIN.parseSpecial(true);

    @TempDir
    Path folder;

    @BeforeEach
    void copyModel() throws IOException {
        Files.copy(TestData.path("synthetic/tokenizers/tok512.model"), folder.resolve("tokenizer.model"));
    }

    @Test
    void defaultOptions_withoutConfig() {
        Tokenizer tokenizer = Tokenizers.load(folder);
        assertThat(tokenizer.defaultOptions()).isEqualTo(new EncodeOptions(true, false, false));
        assertThat(tokenizer.encode("a", tokenizer.defaultOptions())).containsExactly(1, 261);
        assertThat(tokenizer.encode("", tokenizer.defaultOptions())).containsExactly(1);
        assertThat(tokenizer.specialTokens().bos()).hasValue(1);
        assertThat(tokenizer.specialTokens().eos()).hasValue(2);
        assertThat(tokenizer.specialTokens().unk()).hasValue(0);
        assertThat(tokenizer.specialTokens().pad()).isEmpty();
        assertThat(tokenizer.specialTokens().byText()).containsOnlyKeys("<unk>", "<s>", "</s>");
    }

    @Test
    void defaultOptions_asConfigured() throws IOException {
        assertThat(load("{\"add_bos_token\": false, \"add_eos_token\": true}").defaultOptions())
                .isEqualTo(new EncodeOptions(false, true, false));
    }

    @Test
    void load_fileAloneIgnoresItsNeighbours() throws IOException {
        load("{\"add_bos_token\": false}");
        assertThat(Tokenizers.load(folder.resolve("tokenizer.model"))
                        .defaultOptions()
                        .addBos())
                .isTrue();
    }

    @Test
    void encode_legacySegmentsGetTheirOwnSpace() {
        Tokenizer tokenizer = Tokenizers.load(folder);
        assertThat(tokenizer.encode("a</s><s>a", PARSE)).containsExactly(261, 2, 1, 261);
        assertThat(tokenizer.encode("<s>a</s>", PARSE)).containsExactly(1, 261, 2);
        assertThat(tokenizer.encode("<s> a", PARSE)).containsExactly(1, 410, 261);
        assertThat(tokenizer.encode("<s></s>", PARSE)).containsExactly(1, 2);
    }

    @Test
    void encode_withoutLegacyOnlyTheTextStartGetsASpace() throws IOException {
        Tokenizer tokenizer = load("{\"legacy\": false}");
        int bareA = tokenizer.id("a").orElseThrow();
        assertThat(tokenizer.encode("a</s>a", PARSE)).containsExactly(261, 2, bareA);
        assertThat(tokenizer.encode("<s>a", PARSE)).containsExactly(1, bareA);
        assertThat(tokenizer.encode("<s> a", PARSE)).containsExactly(1, 261);
    }

    @Test
    void encode_addedTokensCount() throws IOException {
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<extra>\": 513, \"<image>\": 512}");
        Tokenizer tokenizer = Tokenizers.load(folder);
        assertThat(tokenizer.vocabularySize()).isEqualTo(514);
        assertThat(tokenizer.piece(513)).isEqualTo("<extra>");
        assertThat(tokenizer.id("<image>")).hasValue(512);
        assertThat(tokenizer.encode("a<image>a", PARSE)).containsExactly(261, 512, 261);
        assertThat(tokenizer.encode("a<image>a")).doesNotContain(512);
        assertThat(tokenizer.decode(261, 512, 261)).isEqualTo("a a");
        assertThat(tokenizer.bytes(512)).isEmpty();
    }

    @Test
    void encode_ordinaryAddedWordsAreAlwaysFound() throws IOException {
        Tokenizer tokenizer = load("{\"added_tokens_decoder\": {\"512\": {\"content\": \"汉语\", \"special\": false}}}");
        assertThat(tokenizer.encode("a汉语")).containsExactly(261, 512);
        assertThat(tokenizer.decode(261, 512)).isEqualTo("a汉语");
        assertThat(tokenizer.bytes(512)).isEqualTo("汉语".getBytes(StandardCharsets.UTF_8));
        assertThat(tokenizer.specialTokens().byText()).doesNotContainKey("汉语");
    }

    @Test
    void encode_addedTokenSwallowsTheSpaceItDeclares() throws IOException {
        Tokenizer tokenizer = load("""
                        {"added_tokens_decoder": {"512": {"content": "<x>", "special": true, "lstrip": true, "rstrip": true}}}
                        """);
        assertThat(tokenizer.encode("a  <x>  a", PARSE)).containsExactly(261, 512, 261);
    }

    @Test
    void encode_nothingIsLookedForInsideATokenThatStaysText() throws IOException {
        Tokenizer tokenizer = load("""
                {"added_tokens_decoder": {
                  "512": {"content": "s>", "special": false},
                  "513": {"content": "as>", "special": false, "single_word": true}}}
                """);
        assertThat(tokenizer.encode("s>")).contains(512);
        assertThat(tokenizer.encode("</s>")).doesNotContain(512);
        assertThat(tokenizer.encode("as>")).containsExactly(513);
        assertThat(tokenizer.encode("-as>")).contains(513);
        assertThat(tokenizer.encode("as>b")).doesNotContain(512, 513);
    }

    @Test
    void vocabulary_holesAreEmpty() throws IOException {
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<far>\": 600}");
        Tokenizer tokenizer = Tokenizers.load(folder);
        assertThat(tokenizer.vocabularySize()).isEqualTo(601);
        assertThat(tokenizer.piece(599)).isEmpty();
        assertThat(tokenizer.bytes(599)).isEmpty();
        assertThat(tokenizer.decode(599)).isEmpty();
        assertThat(tokenizer.id("")).isEmpty();
    }

    @Test
    void load_addedIdFarAway() throws IOException {
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<far>\": 2147483647}");
        assertThatThrownBy(() -> Tokenizers.load(folder))
                .isInstanceOf(TokenizerException.class)
                .hasMessage("added token '<far>': expected an id below 66048 beside a model of 512 pieces,"
                        + " found 2147483647");
    }

    @Test
    void specialTokens_declaredPad() throws IOException {
        Files.copy(
                TestData.path("synthetic/tokenizers/merged641_pad.model"),
                Files.createDirectory(folder.resolve("pad")).resolve("tokenizer.model"));
        Files.writeString(folder.resolve("pad/special_tokens_map.json"), "{\"pad_token\": \"[PAD]\"}");
        Tokenizer tokenizer = Tokenizers.load(folder.resolve("pad"));
        assertThat(tokenizer.specialTokens().pad()).hasValue(640);
        assertThat(tokenizer.specialTokens().contains(640)).isTrue();
        assertThat(tokenizer.encode("[PAD]", PARSE)).containsExactly(640);
        assertThat(tokenizer.decode(261, 640)).isEqualTo("a");
        assertThat(Tokenizers.load(folder.resolve("pad/tokenizer.model")).decode(261, 640))
                .isEqualTo("a[PAD]");
    }

    @Test
    void load_brokenConfigNamesTheFile() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"legacy\": 3}");
        assertThatThrownBy(() -> Tokenizers.load(folder))
                .isInstanceOf(TokenizerException.class)
                .hasMessage("tokenizer_config.json line 1 column 12: /legacy: expected true or false, found a number");
    }

    @Test
    @NeedsData("tokenizers")
    void load_chineseAlpaca2() throws IOException {
        Path model = Files.createDirectory(folder.resolve("alpaca"));
        Files.copy(TestData.path("tokenizers/chinese_llama2_55296.model"), model.resolve("tokenizer.model"));
        for (String name : new String[] {"tokenizer_config.json", "special_tokens_map.json"}) {
            Files.copy(TestData.path("tokenizers/chinese_llama2_" + name), model.resolve(name));
        }
        Tokenizer tokenizer = Tokenizers.load(model);
        assertThat(tokenizer.specialTokens().pad()).hasValue(32000);
        assertThat(tokenizer.defaultOptions()).isEqualTo(new EncodeOptions(true, false, false));
        assertThat(tokenizer.encode("</s><s>[INST] 你好", PARSE)).startsWith(2, 1, 518, 25580, 29962);
    }

    private Tokenizer load(String config) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        return Tokenizers.load(folder);
    }
}
