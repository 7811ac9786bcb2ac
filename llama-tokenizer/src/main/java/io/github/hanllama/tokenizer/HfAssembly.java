package io.github.hanllama.tokenizer;

import java.util.List;
import java.util.OptionalInt;

/** Makes a tokenizer of the parts of a {@code tokenizer.json}. */
record HfAssembly(HfNode file, HfNode modelOptions, HfModelReader model, TokenizerConfig config) {
    /** What LLaMA calls them, where neither template nor configuration says. */
    private static final List<String> BOS_NAMES = List.of("<s>", Llama3Tokens.BOS);

    private static final List<String> EOS_NAMES = List.of("</s>", Llama3Tokens.EOS);

    Tokenizer tokenizer() {
        checkVersion();
        HfPreTokenizers words = file.find("pre_tokenizer")
                .map(HfPreTokenizers::of)
                .orElse(new HfPreTokenizers(PreTokenizer.NONE, false));
        PieceDecoder decoder = file.find("decoder").map(HfDecoders::of).orElse(PieceDecoder.JOINING);
        AddedTokens added = addedTokens();
        BpeModel bpe = HfModel.build(modelOptions, model, words.byteLevel(), added);
        HfTemplate template = file.find("post_processor").map(HfTemplate::of).orElse(HfTemplate.NONE);
        Vocabulary vocabulary = model.vocabulary();
        added.tokens().forEach(token -> override(vocabulary, token));
        SpecialTokens special = roles(template.requireIn(vocabulary), added).resolve(config, vocabulary, added);
        return new PipelineTokenizer(
                vocabulary, added, words.splitter(), bpe, decoder, special, defaults(template, special));
    }

    private void checkVersion() {
        file.find("version").filter(node -> !node.string().equals("1.0")).ifPresent(node -> {
            throw node.refuse("expected 1.0, found " + Text.shorten(node.string()));
        });
    }

    private AddedTokens addedTokens() {
        TextNormalizer normalizer =
                file.find("normalizer").map(HfNormalizers::of).orElse(TextNormalizer.NONE);
        return new AddedTokens(HfAddedTokens.of(file, model.vocabulary(), config), normalizer);
    }

    private static void override(Vocabulary vocabulary, AddedToken token) {
        try {
            vocabulary.override(token);
        } catch (TokenizerException e) {
            throw new TokenizerException("added_tokens: " + e.getMessage(), e);
        }
    }

    private TokenRoles roles(HfTemplate template, AddedTokens added) {
        return new TokenRoles(
                template.bos().isPresent() ? template.bos() : named(BOS_NAMES, added),
                template.eos().isPresent() ? template.eos() : named(EOS_NAMES, added),
                modelOptions
                        .find("unk_token")
                        .map(node -> model.vocabulary().id(node.string()))
                        .orElse(OptionalInt.empty()));
    }

    private static OptionalInt named(List<String> names, AddedTokens added) {
        return names.stream()
                .filter(added.specialByText()::containsKey)
                .mapToInt(added.specialByText()::get)
                .findFirst();
    }

    private EncodeOptions defaults(HfTemplate template, SpecialTokens special) {
        boolean bos = config.addBos().orElse(template.bos().isPresent());
        boolean eos = config.addEos().orElse(template.eos().isPresent());
        return new EncodeOptions(
                bos && special.bos().isPresent(), eos && special.eos().isPresent(), false);
    }
}
