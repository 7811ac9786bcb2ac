package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerConfigTest {
    @TempDir
    Path folder;

    @Test
    void read_emptyFolder() {
        assertThat(TokenizerConfig.read(folder)).isEqualTo(TokenizerConfig.NONE);
        assertThat(TokenizerConfig.NONE.legacy()).isTrue();
    }

    @Test
    void read_policyAndRoles() throws IOException {
        write("tokenizer_config.json", """
                {"add_bos_token": true, "add_eos_token": false, "legacy": false, "bos_token": "<s>", "pad_token": null,
                 "eos_token": {"__type": "AddedToken", "content": "</s>", "lstrip": false}, "sp_model_kwargs": {"a": [1]}}
                """);
        TokenizerConfig config = TokenizerConfig.read(folder);
        assertThat(config.addBos()).contains(true);
        assertThat(config.addEos()).contains(false);
        assertThat(config.legacy()).isFalse();
        assertThat(config.bosToken()).contains("<s>");
        assertThat(config.eosToken()).contains("</s>");
        assertThat(config.padToken()).isEmpty();
    }

    @Test
    void read_nullFlagSaysNothing() throws IOException {
        write("tokenizer_config.json", "{\"add_bos_token\": null, \"add_prefix_space\": null, \"legacy\": null}");
        write("special_tokens_map.json", "{\"add_bos_token\": false}");
        TokenizerConfig config = TokenizerConfig.read(folder);
        assertThat(config.addBos()).contains(false);
        assertThat(config.addPrefixSpace()).isEmpty();
        assertThat(config.legacy()).isTrue();
    }

    @Test
    void read_specialTokensMapFillsWhatTheConfigLeavesOpen() throws IOException {
        write("tokenizer_config.json", "{\"pad_token\": null, \"bos_token\": \"<s>\"}");
        write(
                "special_tokens_map.json",
                "{\"pad_token\": {\"content\": \"<pad>\"}, \"bos_token\": \"<other>\","
                        + " \"additional_special_tokens\": [\"<a>\", {\"content\": \"<b>\"}]}");
        TokenizerConfig config = TokenizerConfig.read(folder);
        assertThat(config.padToken()).contains("<pad>");
        assertThat(config.bosToken()).contains("<s>");
        assertThat(config.declaredSpecial()).containsExactly("<s>", "<pad>", "<a>", "<b>");
    }

    @Test
    void read_addedTokens() throws IOException {
        write(
                "tokenizer_config.json",
                "{\"added_tokens_decoder\": {\"32001\": {\"content\": \"<b>\", \"special\": false, \"lstrip\": true}}}");
        write("added_tokens.json", "{\"<a>\": 32000, \"<b>\": 32001}");
        assertThat(TokenizerConfig.read(folder).addedTokens())
                .containsExactly(
                        AddedToken.special("<a>", 32000),
                        new AddedToken("<b>", 32001, false, true, false, false, false));
    }

    @Test
    void tj8_templateAsStringListAndFile() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": \"{{ a }}\"}");
        assertThat(Tokenizers.chatTemplates(folder)).isEqualTo(Map.of("default", "{{ a }}"));
        write(
                "tokenizer_config.json",
                "{\"chat_template\": [{\"name\": \"default\", \"template\": \"x\"}, {\"name\": \"rag\", \"template\": \"y\"}]}");
        assertThat(Tokenizers.chatTemplates(folder)).isEqualTo(Map.of("default", "x", "rag", "y"));
        write("chat_template.jinja", "z");
        assertThat(Tokenizers.chatTemplates(folder)).isEqualTo(Map.of("default", "z", "rag", "y"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"legacy": "yes"}                               | /legacy: expected true or false, found a string
                    {"bos_token": 1}                                | /bos_token: expected a string, found a number
                    {"bos_token": {"content": ""}}                  | expected a token with some content
                    {"bos_token": "<s>", "bos_token": "<t>"}        | Duplicate field 'bos_token'
                    {"added_tokens_decoder": {"-1": {"content":"a"}}} | expected an id as key of an added token, found '-1'
                    {"added_tokens_decoder": {"1e400": {"content":"a"}}} | expected an id as key of an added token, found '1e400'
                    {"added_tokens_decoder": {"1": {"content":"a"}, "2": {"content":"a"}}} | found 'a' with id 2 twice
                    {"chat_template": [{"name":"a"},{"name":"a"}]}  | expected chat templates with different names, found 'a'
                    {"a": 1                                         | Unexpected end-of-input
                    []                                              | expected an object, found an array
                    {} {}                                           | expected the end of the file, found an object
                    """)
    void read_malformed(String json, String message) throws IOException {
        write("tokenizer_config.json", json);
        assertThatThrownBy(() -> TokenizerConfig.read(folder))
                .isInstanceOf(TokenizerException.class)
                .hasMessageStartingWith("tokenizer_config.json line 1 column ")
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"legacy\": t\u001b[2Jrue}",
                "{\"legacy\": t\u0000rue}",
                "{\"legacy\": \u009btrue}",
                "{\"added_tokens_decoder\": {\"1\": {\"content\": \"a\"}, \"\u009b\": {}}}",
                "{\"added_tokens_decoder\": {\"\\u001b\": {}}}"
            })
    void read_controlCharactersStayOutOfTheMessage(String json) throws IOException {
        write("tokenizer_config.json", json);
        assertThatThrownBy(() -> TokenizerConfig.read(folder))
                .isInstanceOf(TokenizerException.class)
                .satisfies(refusal -> assertThat(refusal.getMessage().chars()).noneMatch(Character::isISOControl));
    }

    @Test
    void tj8_oversizedTemplate() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": \"" + "x".repeat((1 << 20) + 1) + "\"}");
        assertThatThrownBy(() -> TokenizerConfig.read(folder))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("exceeds the maximum allowed");
    }

    @Test
    void tj8_missingTemplate() throws IOException {
        assertThat(Tokenizers.chatTemplates(folder)).isEmpty();
        write("tokenizer_config.json", "{\"chat_template\": null}");
        assertThat(Tokenizers.chatTemplates(folder)).isEmpty();
    }

    @Test
    void tj8_oversizedTemplateInAList() throws IOException {
        write("tokenizer_config.json", template("x".repeat(1 << 20)));
        assertThat(TokenizerConfig.read(folder).chatTemplates().get("rag")).hasSize(1 << 20);
        write("tokenizer_config.json", template("x".repeat((1 << 20) + 1)));
        assertThatThrownBy(() -> TokenizerConfig.read(folder))
                .isInstanceOf(TokenizerException.class)
                .hasMessageStartingWith("tokenizer_config.json: ")
                .hasMessageContaining("exceeds the maximum allowed")
                .hasMessageNotContaining("\n");
    }

    private static String template(String text) {
        return "{\"chat_template\": [{\"name\": \"rag\", \"template\": \"" + text + "\"}]}";
    }

    @Test
    void tj8_oversizedTemplateFile() throws IOException {
        write("chat_template.jinja", "x".repeat(1 << 20));
        assertThat(TokenizerConfig.read(folder).chatTemplates().get("default")).hasSize(1 << 20);
        write("chat_template.jinja", "x".repeat((1 << 20) + 1));
        assertThatThrownBy(() -> TokenizerConfig.read(folder))
                .isInstanceOf(TokenizerException.class)
                .hasMessage("chat_template.jinja: expected at most 1048576 bytes, found 1048577");
    }

    @Test
    void read_deepNesting() throws IOException {
        write("tokenizer_config.json", "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}");
        assertThatThrownBy(() -> TokenizerConfig.read(folder))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("nesting depth");
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }
}
