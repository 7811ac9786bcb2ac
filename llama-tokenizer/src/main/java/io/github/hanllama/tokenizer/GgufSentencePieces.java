package io.github.hanllama.tokenizer;

import io.github.hanllama.tokenizer.SentencePiece.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Makes a tokenizer of a SentencePiece vocabulary in a GGUF file. */
final class GgufSentencePieces {
    private static final int MAX_TOKENS = 1 << 19;
    private static final int MAX_CHARS = 64 << 10;
    /** What llama.cpp takes for BOS and EOS of this model where a file does not say. */
    private static final int DEFAULT_BOS = 1;

    private static final int DEFAULT_EOS = 2;

    private final GgufVocabulary vocabulary;
    private final List<SentencePiece> pieces = new ArrayList<>();

    GgufSentencePieces(GgufVocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    Tokenizer tokenizer() {
        GgufRules.check(vocabulary, MAX_TOKENS);
        if (vocabulary.scores().size() != vocabulary.tokens().size()) {
            throw new TokenizerException(
                    "tokenizer.ggml.scores: expected " + vocabulary.tokens().size() + ", one for each token, found "
                            + vocabulary.scores().size());
        }
        readPieces();
        int unk = unknown();
        checkBytes();
        OptionalInt bos = role(vocabulary.roles().bos(), DEFAULT_BOS, "<s>");
        OptionalInt eos = role(vocabulary.roles().eos(), DEFAULT_EOS, "</s>");
        GgufRules.requireForFlags(vocabulary.rules(), bos, eos);
        SentencePieceModel model = SentencePieceModel.of(
                pieces, unk, own(bos), own(eos), own(vocabulary.roles().pad()));
        if (vocabulary.rules().removeExtraWhitespaces()) {
            model.removingExtraWhitespaces();
        }
        return new SentencePieceTokenizer(model, config(bos, eos));
    }

    /** Rows without a token, at the end, are no part of the vocabulary. */
    private void readPieces() {
        Set<String> seen = new HashSet<>();
        for (int id = 0; id < GgufRules.sizeWithoutPadding(vocabulary); id++) {
            SentencePiece piece = piece(id, vocabulary.tokens().get(id));
            if (!seen.add((piece.isText() ? "t" : "r") + piece.text())) {
                throw refuse(id, "expected a new piece, found '" + Text.shorten(piece.text()) + "' again");
            }
            pieces.add(piece);
        }
    }

    private SentencePiece piece(int id, String text) {
        float score = vocabulary.scores().get(id);
        if (text.length() > MAX_CHARS) {
            throw refuse(id, "expected at most " + MAX_CHARS + " characters, found " + text.length());
        }
        if (!Float.isFinite(score)) {
            throw refuse(id, "expected a finite score, found " + score);
        }
        Type type = vocabulary.types().isEmpty()
                ? guess(id, text)
                : Type.values()[vocabulary.types().get(id) - 1];
        String stored = type == Type.USER_DEFINED ? text.replace(' ', SentencePieceEncoder.SPACE_SYMBOL) : text;
        return new SentencePiece(stored, score, type, 0);
    }

    /** Of a file that says nothing of types. */
    private Type guess(int id, String text) {
        if (id == vocabulary.roles().unk().orElse(0)) {
            return Type.UNKNOWN;
        }
        if (id == vocabulary.roles().bos().orElse(DEFAULT_BOS)
                || id == vocabulary.roles().eos().orElse(DEFAULT_EOS)) {
            return Type.CONTROL;
        }
        return new SentencePiece(text, 0, Type.NORMAL, 0).byteValue() >= 0 ? Type.BYTE : Type.NORMAL;
    }

    private int unknown() {
        OptionalInt stated = vocabulary.roles().unk();
        int found = -1;
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).type() == Type.UNKNOWN) {
                if (found >= 0) {
                    throw refuse(id, "expected one unknown piece, found a second one after token " + found);
                }
                found = id;
            }
        }
        if (found < 0 && stated.isPresent() && stated.getAsInt() < pieces.size()) {
            found = stated.getAsInt();
            SentencePiece piece = pieces.get(found);
            pieces.set(found, new SentencePiece(piece.text(), piece.score(), Type.UNKNOWN, 0));
        }
        if (found < 0 || stated.orElse(found) != found) {
            throw new TokenizerException("tokenizer.ggml.unknown_token_id: expected the id of the unknown piece"
                    + (found < 0 ? "" : " " + found) + ", found "
                    + (stated.isPresent() ? stated.getAsInt() : "neither id nor piece"));
        }
        return found;
    }

    private void checkBytes() {
        int bytes = 0;
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).type() == Type.BYTE) {
                bytes++;
                if (pieces.get(id).byteValue() < 0) {
                    throw refuse(
                            id,
                            "expected a byte piece like <0x0A>, found '"
                                    + Text.shorten(pieces.get(id).text()) + "'");
                }
            }
        }
        if (bytes != 0 && bytes != 256) {
            throw new TokenizerException("tokenizer.ggml.tokens: expected 256 byte pieces or none, found " + bytes);
        }
    }

    /** What is not stated is as llama.cpp has it, if the piece there is one that can play the part. */
    private OptionalInt role(OptionalInt stated, int otherwise, String text) {
        boolean known = otherwise < pieces.size()
                && pieces.get(otherwise).type() == Type.CONTROL
                && pieces.get(otherwise).text().equals(text);
        return stated.isEmpty() && known ? OptionalInt.of(otherwise) : stated;
    }

    private int own(OptionalInt id) {
        return id.isPresent()
                        && id.getAsInt() < pieces.size()
                        && pieces.get(id.getAsInt()).type() == Type.CONTROL
                ? id.getAsInt()
                : -1;
    }

    /** A role may be played by a piece of any type, which is then special. */
    private TokenizerConfig config(OptionalInt bos, OptionalInt eos) {
        GgufVocabulary.Rules rules = vocabulary.rules();
        return new TokenizerConfig(
                rules.addBos(),
                rules.addEos(),
                text(bos),
                text(eos),
                Optional.empty(),
                text(vocabulary.roles().pad()),
                List.of(),
                List.of(),
                true,
                rules.addSpacePrefix(),
                Map.of());
    }

    private Optional<String> text(OptionalInt id) {
        return id.isPresent() && id.getAsInt() < pieces.size()
                ? Optional.of(pieces.get(id.getAsInt()).text())
                : Optional.empty();
    }

    private static TokenizerException refuse(int id, String what) {
        return new TokenizerException("tokenizer.ggml.tokens[" + id + "]: " + what);
    }
}
