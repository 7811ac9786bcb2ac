package io.github.hanllama.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@code tokenizer.model} as stored: the pieces and the settings that matter for encoding and decoding. Reading checks
 * everything the original implementation checks when it opens a model, so later code can rely on it.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/v0.2.0/src/sentencepiece_model.proto">the format</a>
 */
final class SentencePieceModel {
    /** The field of the pieces at the top level. */
    static final int PIECES = 1;

    /** Ids must fit 20 bits with room for the code points that are no pieces themselves. */
    private static final int MAX_PIECES = 1 << 19;

    private static final int MAX_BYTES = 64 << 20;
    private static final String[] MODEL_TYPES = {"UNIGRAM", "BPE", "WORD", "CHAR"};

    private final byte[] file;
    private final List<SentencePiece> pieces = new ArrayList<>();

    // trainer_spec, with the format's defaults
    private String modelType = MODEL_TYPES[0];
    private boolean byteFallback;
    private boolean whitespaceAsSuffix;
    private int unkId;
    private int bosId = 1;
    private int eosId = 2;
    private int padId = -1;
    private String unkSurface = " \u2047 ";

    // normalizer_spec and denormalizer_spec
    private String normalizer = "";
    private boolean charsMap;
    private boolean denormalizes;
    private boolean addDummyPrefix = true;
    private boolean removeExtraWhitespaces = true;
    private boolean escapeWhitespaces = true;

    private SentencePieceModel(byte[] file) {
        this.file = file;
    }

    static SentencePieceModel read(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] file = in.readNBytes(MAX_BYTES + 1);
            if (file.length > MAX_BYTES) {
                throw ProtoReader.refuse(MAX_BYTES, "expected the end of the file, found more bytes");
            }
            return parse(file);
        }
    }

    static SentencePieceModel parse(byte[] file) {
        SentencePieceModel model = new SentencePieceModel(file);
        ProtoReader in = new ProtoReader(file);
        while (in.next()) {
            switch (in.field()) {
                case PIECES -> model.readPiece(in);
                case 2 -> model.readTrainer(in.message());
                case 3 -> model.readNormalizer(in.message());
                case 5 -> model.readDenormalizer(in.message());
                default -> in.skip();
            }
        }
        SentencePieceRules.checkPieces(model.pieces, model.byteFallback, file.length);
        SentencePieceRules.checkIds(model.pieces, file.length, model.unkId, model.bosId, model.eosId, model.padId);
        return model;
    }

    /** A BPE model that is in no file of its own; ids are -1 for none. */
    static SentencePieceModel of(List<SentencePiece> pieces, int unkId, int bosId, int eosId, int padId) {
        SentencePieceModel model = new SentencePieceModel(new byte[0]);
        model.pieces.addAll(pieces);
        model.modelType = "BPE";
        model.byteFallback = pieces.stream().anyMatch(piece -> piece.type() == SentencePiece.Type.BYTE);
        model.unkId = unkId;
        model.bosId = bosId;
        model.eosId = eosId;
        model.padId = padId;
        model.removeExtraWhitespaces = false;
        return model;
    }

    /** The same, which makes one space of several. */
    SentencePieceModel removingExtraWhitespaces() {
        removeExtraWhitespaces = true;
        return this;
    }

    byte[] file() {
        return file;
    }

    List<SentencePiece> pieces() {
        return pieces;
    }

    /** {@code BPE}, {@code UNIGRAM}, {@code WORD} or {@code CHAR}. */
    String modelType() {
        return modelType;
    }

    /** Whether characters without a piece become bytes instead of the unknown token. */
    boolean byteFallback() {
        return byteFallback;
    }

    boolean whitespaceAsSuffix() {
        return whitespaceAsSuffix;
    }

    int unkId() {
        return unkId;
    }

    /** The id, or -1 when the model has none; likewise the next two. */
    int bosId() {
        return controlOrNone(bosId);
    }

    int eosId() {
        return controlOrNone(eosId);
    }

    int padId() {
        return controlOrNone(padId);
    }

    /** What an unknown token decodes to. */
    String unkSurface() {
        return unkSurface;
    }

    /** The normalizer's name, {@code identity} or empty for none. */
    String normalizer() {
        return normalizer;
    }

    /** Whether the normalizer rewrites characters by a table. */
    boolean hasCharsMap() {
        return charsMap;
    }

    boolean denormalizes() {
        return denormalizes;
    }

    boolean addDummyPrefix() {
        return addDummyPrefix;
    }

    boolean removeExtraWhitespaces() {
        return removeExtraWhitespaces;
    }

    boolean escapeWhitespaces() {
        return escapeWhitespaces;
    }

    private void readPiece(ProtoReader in) {
        if (pieces.size() == MAX_PIECES) {
            throw ProtoReader.refuse(in.fieldStart(), "expected at most " + MAX_PIECES + " pieces, found more");
        }
        int offset = in.fieldStart();
        pieces.add(SentencePiece.read(in.message(), pieces.size(), offset));
    }

    private void readTrainer(ProtoReader in) {
        while (in.next()) {
            switch (in.field()) {
                case 3 -> modelType = modelType(in);
                case 24 -> whitespaceAsSuffix = in.bool();
                case 35 -> byteFallback = in.bool();
                case 40 -> unkId = in.int32();
                case 41 -> bosId = in.int32();
                case 42 -> eosId = in.int32();
                case 43 -> padId = in.int32();
                case 44 -> unkSurface = in.string();
                default -> in.skip();
            }
        }
    }

    private static String modelType(ProtoReader in) {
        int type = in.int32();
        if (type < 1 || type > MODEL_TYPES.length) {
            throw ProtoReader.refuse(in.fieldStart(), "expected a model_type from 1 to 4, found " + type);
        }
        return MODEL_TYPES[type - 1];
    }

    private void readNormalizer(ProtoReader in) {
        while (in.next()) {
            switch (in.field()) {
                case 1 -> normalizer = in.string();
                case 2 -> charsMap = readCharsMap(in);
                case 3 -> addDummyPrefix = in.bool();
                case 4 -> removeExtraWhitespaces = in.bool();
                case 5 -> escapeWhitespaces = in.bool();
                default -> in.skip();
            }
        }
    }

    private void readDenormalizer(ProtoReader in) {
        while (in.next()) {
            if (in.field() == 2) {
                denormalizes = readCharsMap(in);
            } else {
                in.skip();
            }
        }
    }

    /** Checks the frame of a {@code precompiled_charsmap}: trie size, double-array trie, replacement strings. */
    private static boolean readCharsMap(ProtoReader in) {
        int offset = in.fieldStart();
        ByteBuffer map = in.bytes();
        if (!map.hasRemaining()) {
            return false;
        }
        long trie = map.remaining() < 4 ? Long.MAX_VALUE : Integer.toUnsignedLong(map.getInt(0));
        if (trie >= map.remaining() - 4 || trie % 4 != 0) {
            throw ProtoReader.refuse(
                    offset,
                    "precompiled_charsmap: expected a trie of a multiple of 4 and less than " + (map.remaining() - 4)
                            + " bytes, found " + (trie == Long.MAX_VALUE ? "no size" : trie));
        }
        return true;
    }

    /** The original counts a declared id only when its piece is a control piece. */
    private int controlOrNone(int id) {
        return id >= 0 && pieces.get(id).type() == SentencePiece.Type.CONTROL ? id : -1;
    }
}
