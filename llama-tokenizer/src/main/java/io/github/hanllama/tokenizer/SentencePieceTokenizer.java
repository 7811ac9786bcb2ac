package io.github.hanllama.tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A SentencePiece BPE model together with what the JSON files beside it add. */
final class SentencePieceTokenizer implements Tokenizer {
    private final SentencePieceVocabulary vocabulary;
    private final SentencePieceEncoder encoder;
    private final SpecialTokens specialTokens;
    private final EncodeOptions defaultOptions;
    private final AddedTokenMatcher words; // what any text is split at
    private final AddedTokenMatcher wordsAndSpecials; // what a text with special strings is split at
    private final PrefixRule prefixRule;

    /** Where an encoded text gets a space that it does not have. */
    private enum PrefixRule {
        NOWHERE,
        /** Before each part between special tokens, as if it were a text of its own. */
        EACH_PART,
        /** Before the text, unless it starts with a space or a special token. */
        TEXT_START
    }

    static Tokenizer load(Path file, TokenizerConfig config) throws IOException {
        return new SentencePieceTokenizer(SentencePieceModel.read(file), config);
    }

    SentencePieceTokenizer(SentencePieceModel model, TokenizerConfig config) {
        checkSupported(model);
        boolean prefix = config.addPrefixSpace().orElse(true) && model.addDummyPrefix();
        prefixRule = !prefix ? PrefixRule.NOWHERE : config.legacy() ? PrefixRule.EACH_PART : PrefixRule.TEXT_START;
        vocabulary = new SentencePieceVocabulary(model, config.addedTokens(), prefix);
        specialTokens = specialTokens(model, config, vocabulary);
        specialTokens.byText().values().stream()
                .filter(id -> specialTokens.unk().orElse(-1) != id)
                .forEach(vocabulary::hide);
        encoder = new SentencePieceEncoder(model);
        defaultOptions = new EncodeOptions(
                specialTokens.bos().isPresent() && config.addBos().orElse(true),
                specialTokens.eos().isPresent() && config.addEos().orElse(false),
                false);
        List<AddedToken> added = config.addedTokens().stream()
                .filter(token -> !specialTokens.byText().containsKey(token.content()))
                .toList();
        words = new AddedTokenMatcher(added);
        wordsAndSpecials = new AddedTokenMatcher(withSpecials(added, config.addedTokens()));
    }

    private static void checkSupported(SentencePieceModel model) {
        if (!model.modelType().equals("BPE")) {
            throw unsupported("model type " + model.modelType() + ", only BPE is");
        }
        if (model.hasCharsMap()) {
            throw unsupported("normalizer '" + Text.shorten(model.normalizer()) + "', only identity is");
        }
        if (model.denormalizes()) {
            throw unsupported("a denormalizer");
        }
        if (model.whitespaceAsSuffix()) {
            throw unsupported("treat_whitespace_as_suffix");
        }
        if (!model.escapeWhitespaces()) {
            throw unsupported("escape_whitespaces = false");
        }
        for (SentencePiece piece : model.pieces()) {
            if (piece.type() == SentencePiece.Type.UNUSED) {
                throw unsupported("the unused piece '" + Text.shorten(piece.text()) + "' at byte " + piece.offset());
            }
        }
    }

    private static TokenizerException unsupported(String what) {
        return new TokenizerException("SentencePiece model: not supported: " + what);
    }

    private static SpecialTokens specialTokens(
            SentencePieceModel model, TokenizerConfig config, SentencePieceVocabulary vocabulary) {
        Map<String, Integer> special = new HashMap<>();
        for (int id = 0; id < model.pieces().size(); id++) {
            SentencePiece piece = model.pieces().get(id);
            if (piece.type() == SentencePiece.Type.CONTROL || piece.type() == SentencePiece.Type.UNKNOWN) {
                special.put(piece.text(), id);
            }
        }
        for (AddedToken token : config.addedTokens()) {
            if (token.special()) {
                special.put(token.content(), token.id());
            }
        }
        for (String text : config.declaredSpecial()) {
            vocabulary.id(text).ifPresent(id -> special.put(text, id));
        }
        return new SpecialTokens(
                role(config.bosToken(), vocabulary, model.bosId()),
                role(config.eosToken(), vocabulary, model.eosId()),
                role(config.unkToken(), vocabulary, model.unkId()),
                role(config.padToken(), vocabulary, model.padId()),
                special);
    }

    /** The id of the declared token where the vocabulary has it, else the model's own. */
    private static OptionalInt role(Optional<String> declared, SentencePieceVocabulary vocabulary, int own) {
        OptionalInt id = declared.map(vocabulary::id).orElse(OptionalInt.empty());
        return id.isPresent() || own < 0 ? id : OptionalInt.of(own);
    }

    /** Special tokens that were declared with flags keep them; control pieces have none. */
    private List<AddedToken> withSpecials(List<AddedToken> words, List<AddedToken> declared) {
        List<AddedToken> all = new ArrayList<>(words);
        Map<String, Integer> rest = new HashMap<>(specialTokens.byText());
        for (AddedToken token : declared) {
            if (rest.remove(token.content()) != null) {
                all.add(token);
            }
        }
        rest.forEach((text, id) -> all.add(AddedToken.special(text, id)));
        return all;
    }

    @Override
    public int[] encode(String text, EncodeOptions options) {
        Ids ids = new Ids(text.length() / 2 + 2);
        if (options.addBos()) {
            ids.add(required(specialTokens.bos(), "BOS"));
        }
        encode(text, options.parseSpecial() ? wordsAndSpecials : words, ids);
        if (options.addEos()) {
            ids.add(required(specialTokens.eos(), "EOS"));
        }
        return ids.toArray();
    }

    private static int required(OptionalInt id, String name) {
        return id.orElseThrow(() -> new IllegalArgumentException("this vocabulary has no " + name + " token"));
    }

    private void encode(String text, AddedTokenMatcher matcher, Ids ids) {
        int start = 0;
        AddedTokenMatcher.Match match = matcher.find(text, 0);
        while (match != null) {
            encodePart(text, start, match.start(), ids);
            ids.add(match.token().id());
            start = match.end();
            match = matcher.find(text, start);
        }
        encodePart(text, start, text.length(), ids);
    }

    private void encodePart(String text, int start, int end, Ids ids) {
        boolean prefix =
                switch (prefixRule) {
                    case NOWHERE -> false;
                    case EACH_PART -> true;
                    case TEXT_START -> start == 0 && end > 0 && !isSpace(text.charAt(0));
                };
        encoder.encode(text.substring(start, end), prefix, ids);
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == SentencePieceEncoder.SPACE_SYMBOL;
    }

    @Override
    public int vocabularySize() {
        return vocabulary.size();
    }

    @Override
    public EncodeOptions defaultOptions() {
        return defaultOptions;
    }

    @Override
    public String decode(int... ids) {
        SentencePieceDecoder decoder = new SentencePieceDecoder(vocabulary);
        for (int id : ids) {
            decoder.append(id);
        }
        return decoder.finish();
    }

    @Override
    public IncrementalDecoder incrementalDecoder() {
        return new SentencePieceDecoder(vocabulary);
    }

    @Override
    public String piece(int id) {
        return vocabulary.piece(id);
    }

    @Override
    public OptionalInt id(String piece) {
        return vocabulary.id(piece);
    }

    @Override
    public byte[] bytes(int id) {
        return vocabulary.bytes(id);
    }

    @Override
    public SpecialTokens specialTokens() {
        return specialTokens;
    }
}
