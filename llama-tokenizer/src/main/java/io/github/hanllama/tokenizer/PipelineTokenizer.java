package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The stages of a {@code tokenizer.json}, which tiktoken's are a case of: added tokens, normalizing, splitting into words,
 * merging; and decoding step by step.
 */
final class PipelineTokenizer implements Tokenizer {
    private final Vocabulary vocabulary;
    private final AddedTokens addedTokens;
    private final PreTokenizer splitter;
    private final BpeModel model;
    private final PieceDecoder decoder;
    private final SpecialTokens specialTokens;
    private final ControlTokens controlTokens;
    private final EncodeOptions defaultOptions;

    PipelineTokenizer(
            Vocabulary vocabulary,
            AddedTokens addedTokens,
            PreTokenizer splitter,
            BpeModel model,
            PieceDecoder decoder,
            SpecialTokens specialTokens,
            EncodeOptions defaultOptions) {
        this.vocabulary = vocabulary;
        this.addedTokens = addedTokens;
        this.splitter = splitter;
        this.model = model;
        this.decoder = decoder;
        this.specialTokens = specialTokens;
        this.controlTokens = new ControlTokens(specialTokens, addedTokens.tokens(), vocabulary.size());
        this.defaultOptions = defaultOptions;
    }

    @Override
    public int vocabularySize() {
        return vocabulary.size();
    }

    @Override
    public int[] encode(String text, EncodeOptions options) {
        Ids ids = new Ids(text.length() / 3 + 2);
        if (options.addBos()) {
            ids.add(controlTokens.bos());
        }
        Pieces words = splitter.before(model.encoder(ids));
        addedTokens.split(WellFormed.text(text), true, options.parseSpecial(), ids, words);
        if (options.addEos()) {
            ids.add(controlTokens.eos());
        }
        return ids.toArray();
    }

    @Override
    public int[] encode(TokenSequence sequence) {
        Ids ids = new Ids(0);
        Pieces words = splitter.before(model.encoder(ids));
        controlTokens.write(sequence, ids.parts((text, from, to, atStart) -> {
            String part = WellFormed.text(text.substring(from, to));
            addedTokens.split(part, atStart, false, ids, words);
        }));
        return ids.toArray();
    }

    @Override
    public EncodeOptions defaultOptions() {
        return defaultOptions;
    }

    @Override
    public String decode(int... ids) {
        Incremental incremental = new Incremental();
        for (int id : ids) {
            incremental.add(id);
        }
        return incremental.finish();
    }

    @Override
    public IncrementalDecoder incrementalDecoder() {
        return new Incremental();
    }

    @Override
    public String piece(int id) {
        if (id < 0 || id >= vocabulary.size()) {
            throw new IllegalArgumentException("expected an id from 0 to " + (vocabulary.size() - 1) + ", found " + id);
        }
        return vocabulary.piece(id);
    }

    @Override
    public OptionalInt id(String piece) {
        return vocabulary.id(piece);
    }

    @Override
    public byte[] bytes(int id) {
        String piece = piece(id);
        return isText(id, piece) ? decoder.bytes(piece) : new byte[0];
    }

    @Override
    public SpecialTokens specialTokens() {
        return specialTokens;
    }

    /** As GGUF stores it. */
    GgufVocabulary gguf() {
        String pre = GgufBytePairs.pre(splitter, model.wholeWordsFirst())
                .filter(style -> decoder.spelling() == PieceDecoder.Bytes.BYTE_LEVEL && addedTokens.takesTextAsItIs())
                .orElseThrow(() -> new IllegalArgumentException(
                        "GGUF has no words for this tokenizer.json: expected byte-level BPE that splits words as Llama 3,"
                                + " GPT-2 or Qwen 2 do and rewrites nothing"));
        List<String> tokens = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            String piece = vocabulary.piece(id);
            tokens.add(piece.isEmpty() ? GgufVocabulary.unused(id) : piece);
            types.add(type(id, piece).number());
        }
        return new GgufVocabulary(
                GgufVocabulary.BYTE_LEVEL,
                pre,
                tokens,
                List.of(),
                types,
                model.merges().list(vocabulary),
                new GgufVocabulary.Roles(
                        specialTokens.bos(), specialTokens.eos(), specialTokens.unk(), specialTokens.pad()),
                new GgufVocabulary.Rules(
                        Optional.of(defaultOptions.addBos()),
                        Optional.of(defaultOptions.addEos()),
                        Optional.empty(),
                        false));
    }

    private SentencePiece.Type type(int id, String piece) {
        if (piece.isEmpty()) {
            return SentencePiece.Type.UNUSED;
        }
        if (addedTokens.isSpecial(id)) {
            return SentencePiece.Type.CONTROL;
        }
        return addedTokens.contains(id) ? SentencePiece.Type.USER_DEFINED : SentencePiece.Type.NORMAL;
    }

    private boolean isText(int id, String piece) {
        return !piece.isEmpty() && !addedTokens.isSpecial(id);
    }

    private final class Incremental implements IncrementalDecoder {
        private final PieceDecoder.TextBuffer text = new PieceDecoder.TextBuffer();
        private final TextSink steps = decoder.steps().before(text);

        @Override
        public String accept(int id) {
            add(id);
            return text.take();
        }

        @Override
        public String finish() {
            steps.finish();
            return text.take();
        }

        private void add(int id) {
            String piece = piece(id);
            if (isText(id, piece)) {
                steps.accept(piece);
            }
        }
    }
}
