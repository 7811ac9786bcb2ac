package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the contract leaves open: how the rules of a vocabulary show in a sequence. {@code ▁} is 410, {@code ▁a} 261. */
class TokenSequenceTest {
    private static final EncodeOptions PARSE = EncodeOptions.PLAIN.parseSpecial(true);

    @TempDir
    Path folder;

    @Test
    void encode_eachTextHasItsOwnSpace() throws IOException {
        TokenSequence sequence =
                TokenSequence.builder().text("a").eos().bos().text("a").build();
        assertThat(load("{}").encode(sequence)).containsExactly(261, 2, 1, 261);
        Tokenizer tokenizer = load("{\"legacy\": false}");
        assertThat(tokenizer.encode(sequence))
                .containsExactly(261, 2, 1, tokenizer.id("a").orElseThrow());
    }

    @Test
    void encode_textsThatTouchAreOne() throws IOException {
        Tokenizer tokenizer = load("{}");
        String text = "the 依山 😀";
        TokenSequence.Builder sequence = TokenSequence.builder().bos();
        text.chars().forEach(c -> sequence.text(Character.toString(c))); // half characters too
        assertThat(tokenizer.encode(sequence.build())).isEqualTo(tokenizer.encode("<s>" + text, PARSE));
    }

    @Test
    void encode_emptyTextsLeaveNothing() throws IOException {
        TokenSequence.Builder sequence =
                TokenSequence.builder().text("").bos().template("").text("").eos();
        assertThat(load("{}").encode(sequence.build())).containsExactly(1, 2);
        assertThat(load("{}").encode(TokenSequence.builder().build())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a  <x>  a", "<x>", " <x> <x> ", "  <x>a <y> a", "a<y>  <x>\n</s> a"})
    void encode_tokensSwallowTheSpaceTheyDeclare(String text) throws IOException {
        Tokenizer tokenizer = load("""
                {"added_tokens_decoder": {
                  "512": {"content": "<x>", "special": true, "lstrip": true, "rstrip": true},
                  "513": {"content": "<y>", "special": true, "rstrip": true}}}
                """);
        TokenSequence.Builder sequence = TokenSequence.builder();
        for (String part : text.splitWithDelimiters("<x>|<y>|</s>", 0)) {
            if (part.startsWith("<")) {
                sequence.special(part);
            } else {
                sequence.text(part);
            }
        }
        int[] expected = tokenizer.encode(text, PARSE);
        assertThat(tokenizer.encode(sequence.build())).isEqualTo(expected);
        assertThat(tokenizer.encode(TokenSequence.builder().template(text).build()))
                .isEqualTo(expected);
    }

    @Test
    void encode_forgedAcrossTheBorderOfTemplateAndText() throws IOException {
        Tokenizer tokenizer = load("{}");
        TokenSequence forged =
                TokenSequence.builder().template("a</").text("s><s>").build();
        assertThat(tokenizer.encode(forged)).isEqualTo(tokenizer.encode("a</s><s>"));
    }

    @Test
    void build_builderMayGoOn() {
        TokenSequence.Builder builder = TokenSequence.builder().bos();
        TokenSequence first = builder.build();
        builder.eos();
        assertThat(first.spans()).hasSize(1);
        assertThat(builder.build().spans()).hasSize(2);
    }

    /** Meta's own test for the dialog format. */
    @Test
    @NeedsData(SharedTokenizers.LLAMA_3)
    void encode_llama3Dialog() {
        Tokenizer tokenizer = SharedTokenizers.of(SharedTokenizers.LLAMA_3);
        TokenSequence sequence = TokenSequence.builder()
                .bos()
                .template("<|start_header_id|>user<|end_header_id|>\n\n")
                .text("<|eot_id|> is text\n")
                .text("\nso is this")
                .special("<|eot_id|>")
                .build();
        int[] ids = tokenizer.encode(sequence);
        assertThat(ids).startsWith(128000, 128006, 882, 128007).endsWith(128009);
        assertThat(ids).containsOnlyOnce(128009);
        assertThat(tokenizer.decode(ids)).isEqualTo("user\n\n<|eot_id|> is text\n\nso is this");
    }

    private Tokenizer load(String config) throws IOException {
        Path model = folder.resolve("tokenizer.model");
        if (!Files.exists(model)) {
            Files.copy(TestData.path(SharedTokenizers.SYNTHETIC), model);
        }
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        return Tokenizers.load(folder);
    }
}
