package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.TestData;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** One of the small files beside a tokenizer, of either kind. */
final class TokenizerConfigTarget implements FuzzTarget {
    private final String name;
    private final Consumer<Seeds> seeds;
    private final Scratch pieces = Scratch.create();
    private final Scratch json = Scratch.create();

    private TokenizerConfigTarget(String name, Consumer<Seeds> seeds) {
        this.name = name;
        this.seeds = seeds;
        copy("synthetic/tokenizers/merged641_pad.model", pieces, "tokenizer.model");
        copy("tokenizer_json/metaspace.json", json, "tokenizer.json");
    }

    private static void copy(String fixture, Scratch folder, String name) {
        try {
            folder.write(name, Files.readAllBytes(TestData.path(fixture)));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** {@code special_tokens_map.json} has a subset of its keys. */
    static TokenizerConfigTarget config() {
        return new TokenizerConfigTarget("tokenizer_config.json", seeds -> seeds.files(
                        "tokenizers/chinese_llama2_special_tokens_map.json",
                        "tokenizers/chinese_llama2_tokenizer_config.json",
                        "tokenizers/llama_tokenizer_config_tinyllama_chat.json",
                        "tokenizers/minimind_tokenizer_config.json")
                .text("""
                        {"add_bos_token": true, "add_eos_token": false, "legacy": false, "add_prefix_space": null,
                        "bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>", "unk_token": "<unk>",
                        "pad_token": "[PAD]", "additional_special_tokens": ["<x>", {"content": "<y>"}],
                        "added_tokens_decoder": {"0": {"content": "<unk>", "special": true, "single_word": true},
                        "641": {"content": "<z>", "rstrip": true, "normalized": true}},
                        "chat_template": [{"name": "default", "template": "{{ x }}"}]}"""));
    }

    static TokenizerConfigTarget addedTokens() {
        return new TokenizerConfigTarget(
                "added_tokens.json", seeds -> seeds.text("{\"<x>\": 641, \"<y>\": 642, \"[PAD]\": 640}"));
    }

    @Override
    public void run(byte[] input) {
        pieces.write(name, input);
        json.write(name, input);
        TokenizerException refusal = null;
        for (Path folder : List.of(pieces.folder(), json.folder())) {
            try {
                assertThat(Tokenizers.chatTemplates(folder)).isNotNull();
                TokenizerUse.all(Tokenizers.load(folder));
            } catch (TokenizerException e) {
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    @Override
    public List<Class<? extends Exception>> refusals() {
        return List.of(TokenizerException.class);
    }

    @Override
    public void seeds(Seeds into) {
        seeds.accept(into);
    }
}
