package io.github.hanllama.tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A SentencePiece BPE model together with what the JSON files beside it add. */
final class SentencePieceTokenizer implements Tokenizer {
    private final SentencePieceModel model;
    private final SentencePieceVocabulary vocabulary;
    private final SentencePieceEncoder encoder;
    private final SpecialTokens specialTokens;
    private final ControlTokens controlTokens;
    private final AddedTokenSplitter splitter;
    private final EncodeOptions defaultOptions;
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
        this.model = model;
        boolean prefix = config.addPrefixSpace().orElse(true) && model.addDummyPrefix();
        prefixRule = !prefix ? PrefixRule.NOWHERE : config.legacy() ? PrefixRule.EACH_PART : PrefixRule.TEXT_START;
        vocabulary = new SentencePieceVocabulary(model, config.addedTokens(), prefix);
        SentencePieceRoles roles = SentencePieceRoles.of(model, config, vocabulary);
        specialTokens = roles.specialTokens();
        specialTokens.byText().values().stream()
                .filter(id -> specialTokens.unk().orElse(-1) != id)
                .forEach(vocabulary::hide);
        splitter = new AddedTokenSplitter(roles.addedTokens());
        controlTokens = new ControlTokens(specialTokens, roles.addedTokens(), vocabulary.size());
        encoder = new SentencePieceEncoder(model);
        defaultOptions = new EncodeOptions(
                specialTokens.bos().isPresent() && config.addBos().orElse(true),
                specialTokens.eos().isPresent() && config.addEos().orElse(false),
                false);
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

    @Override
    public int[] encode(String text, EncodeOptions options) {
        Ids ids = new Ids(text.length() / 2 + 2);
        if (options.addBos()) {
            ids.add(controlTokens.bos());
        }
        splitter.split(text, true, options.parseSpecial(), parts(ids));
        if (options.addEos()) {
            ids.add(controlTokens.eos());
        }
        return ids.toArray();
    }

    @Override
    public int[] encode(TokenSequence sequence) {
        Ids ids = new Ids(0);
        AddedTokenSplitter.Parts parts = parts(ids);
        controlTokens.write(
                sequence,
                ids.parts(
                        (text, from, to, atStart) -> splitter.split(text.substring(from, to), atStart, false, parts)));
        return ids.toArray();
    }

    private AddedTokenSplitter.Parts parts(Ids ids) {
        return ids.parts((text, from, to, atStart) ->
                encoder.encode(text.substring(from, to), isPrefixed(text.charAt(from), atStart), ids));
    }

    private boolean isPrefixed(char first, boolean atStart) {
        return switch (prefixRule) {
            case NOWHERE -> false;
            case EACH_PART -> true;
            case TEXT_START -> atStart && !isSpace(first);
        };
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

    /** As GGUF stores it. */
    GgufVocabulary gguf() {
        List<String> tokens = new ArrayList<>();
        List<Float> scores = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            SentencePiece piece = piece(id, vocabulary.piece(id));
            tokens.add(
                    piece.type() == SentencePiece.Type.USER_DEFINED
                            ? piece.text().replace(SentencePieceEncoder.SPACE_SYMBOL, ' ')
                            : piece.text());
            scores.add(piece.score());
            types.add(piece.type().number());
        }
        return new GgufVocabulary(
                GgufVocabulary.SENTENCE_PIECE,
                "",
                tokens,
                scores,
                types,
                List.of(),
                new GgufVocabulary.Roles(
                        specialTokens.bos(), specialTokens.eos(), specialTokens.unk(), specialTokens.pad()),
                new GgufVocabulary.Rules(
                        Optional.of(defaultOptions.addBos()),
                        Optional.of(defaultOptions.addEos()),
                        Optional.of(prefixRule != PrefixRule.NOWHERE),
                        model.removeExtraWhitespaces()));
    }

    private SentencePiece piece(int id, String text) {
        if (text.isEmpty()) {
            return new SentencePiece(
                    GgufVocabulary.unused(id), GgufVocabulary.ADDED_SCORE, SentencePiece.Type.UNUSED, 0);
        }
        if (id < model.pieces().size() && model.pieces().get(id).text().equals(text)) {
            SentencePiece stored = model.pieces().get(id);
            boolean declared = stored.isText() && specialTokens.contains(id);
            return declared ? new SentencePiece(text, stored.score(), SentencePiece.Type.CONTROL, 0) : stored;
        }
        SentencePiece.Type type =
                specialTokens.contains(id) ? SentencePiece.Type.CONTROL : SentencePiece.Type.USER_DEFINED;
        return new SentencePiece(text, GgufVocabulary.ADDED_SCORE, type, 0);
    }
}
