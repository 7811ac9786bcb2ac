package io.github.hanllama.tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads {@code tokenizer.json} of Hugging Face's tokenizers: byte-pair models with the components that LLaMA-family files
 * use. Anything else is refused by name. {@code truncation} and {@code padding} are about batches and have no influence.
 *
 * <p>Members may stand in any order. Merges need the vocabulary and the added tokens, the vocabulary needs the model's
 * type; what comes too early is left for another pass over the file. Files as the library writes them take one pass.
 */
final class HfTokenizerReader {
    private static final Set<String> SECTIONS = Set.of(
            "version",
            "truncation",
            "padding",
            "added_tokens",
            "normalizer",
            "pre_tokenizer",
            "post_processor",
            "decoder");

    private final Path file;
    private final TokenizerConfig config;
    private final HfNode.Reader nodes = new HfNode.Reader();
    private final Map<String, HfNode> sections = new HashMap<>();
    private final Map<String, HfNode> options = new HashMap<>();
    private final HfModelReader model = new HfModelReader();
    private boolean firstPass = true;
    private boolean vocabularyRead;
    private boolean mergesRead;

    private HfTokenizerReader(Path file, TokenizerConfig config) {
        this.file = file;
        this.config = config;
    }

    static Tokenizer read(Path file, TokenizerConfig config) {
        return new HfTokenizerReader(file, config).read();
    }

    private Tokenizer read() {
        pass();
        HfNode modelOptions = new HfNode("model", options);
        HfModel.check(modelOptions);
        for (int passes = 1; passes < 3 && !(vocabularyRead && mergesRead); passes++) {
            pass();
        }
        if (!vocabularyRead || !mergesRead) {
            throw modelOptions.refuse("expected " + (vocabularyRead ? "merges" : "vocab") + ", found none");
        }
        return new HfAssembly(new HfNode("", sections), modelOptions, model, config).tokenizer();
    }

    private void pass() {
        JsonReader.read(file, in -> {
            for (String key = in.nextKey(); key != null; key = in.nextKey()) {
                if (key.equals("model")) {
                    readModel(in);
                } else if (SECTIONS.contains(key)) {
                    readOnce(in, key, key, sections);
                } else {
                    throw in.failure("unknown section " + Text.shorten(key));
                }
            }
            return file;
        });
        firstPass = false;
    }

    private void readModel(JsonReader in) throws IOException {
        in.enterObject();
        for (String key = in.nextKey(); key != null; key = in.nextKey()) {
            if (key.equals("vocab") && !vocabularyRead && isBpe()) {
                model.readVocabulary(in);
                vocabularyRead = true;
            } else if (key.equals("merges") && !mergesRead && vocabularyRead && addedTokensRead()) {
                model.readMerges(in, specialTexts());
                mergesRead = true;
            } else if (key.equals("vocab") || key.equals("merges")) {
                in.skip();
            } else {
                readOnce(in, key, "model." + Text.shorten(key), options);
            }
        }
    }

    private void readOnce(JsonReader in, String key, String path, Map<String, HfNode> target) throws IOException {
        if (firstPass && !in.isNull()) {
            target.put(key, nodes.read(in, path));
        } else {
            in.skip();
        }
    }

    private boolean isBpe() {
        return !firstPass
                || options.containsKey("type") && options.get("type").value().equals("BPE");
    }

    private boolean addedTokensRead() {
        return !firstPass || sections.containsKey("added_tokens");
    }

    private Set<String> specialTexts() {
        List<AddedToken> tokens = HfAddedTokens.of(new HfNode("", sections), model.vocabulary(), config);
        return tokens.stream()
                .filter(AddedToken::special)
                .map(AddedToken::content)
                .collect(Collectors.toSet());
    }
}
