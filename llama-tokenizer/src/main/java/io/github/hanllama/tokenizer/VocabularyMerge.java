package io.github.hanllama.tokenizer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Grows a SentencePiece vocabulary by the pieces of another one, the way the Chinese LLaMA vocabularies were made: what
 * the first does not have is appended in the order of the second with score 0, and everything else stays byte for byte.
 *
 * <pre>{@code
 * VocabularyMerge.of(Path.of("llama/tokenizer.model"))
 *         .addPiecesOf(Path.of("chinese_sp.model")) // 49953 pieces: Chinese-LLaMA
 *         .addPiece("[PAD]")                        // 49954: Chinese-Alpaca
 *         .write(Path.of("alpaca/tokenizer.model"));
 * }</pre>
 *
 * From the published ingredients this gives the published files, bit by bit. Not safe for use by several threads.
 */
public final class VocabularyMerge {
    private final SentencePieceModel base;
    private final Set<String> known = new HashSet<>();
    private final List<String> added = new ArrayList<>();

    private VocabularyMerge(SentencePieceModel base) {
        this.base = base;
        base.pieces().forEach(piece -> known.add(piece.text()));
    }

    /**
     * Starts from the vocabulary to be grown.
     *
     * @throws TokenizerException when the file is missing or not a well-formed SentencePiece model
     */
    public static VocabularyMerge of(Path model) {
        return new VocabularyMerge(read(model));
    }

    /**
     * Adds the pieces of another model, of any model type, that are not there yet.
     *
     * @throws TokenizerException when the file is missing or not a well-formed SentencePiece model
     */
    public VocabularyMerge addPiecesOf(Path model) {
        for (SentencePiece piece : read(model).pieces()) {
            if (known.add(piece.text())) {
                added.add(piece.text());
            }
        }
        return this;
    }

    /**
     * Adds one piece, for example {@code [PAD]}.
     *
     * @throws IllegalArgumentException when it is empty or already there
     */
    public VocabularyMerge addPiece(String text) {
        if (text.isEmpty() || !known.add(text)) {
            throw new IllegalArgumentException("piece must be new and not empty, was '" + text + "'");
        }
        added.add(text);
        return this;
    }

    /** The pieces added so far, in order; the first has the id that was the base's size. */
    public List<String> added() {
        return List.copyOf(added);
    }

    /** The size of the vocabulary so far. */
    public int vocabularySize() {
        return base.pieces().size() + added.size();
    }

    /** The model file: all pieces first, then what else the base has, unchanged. */
    public byte[] toBytes() {
        ByteArrayOutputStream pieces = new ByteArrayOutputStream(base.file().length + 16 * added.size());
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        ProtoReader in = new ProtoReader(base.file());
        while (in.next()) {
            in.skip();
            ByteArrayOutputStream target = in.field() == SentencePieceModel.PIECES ? pieces : rest;
            target.write(base.file(), in.fieldStart(), in.position() - in.fieldStart());
        }
        added.forEach(text -> pieces.writeBytes(piece(text).toBytes()));
        pieces.writeBytes(rest.toByteArray());
        return pieces.toByteArray();
    }

    /**
     * Writes the model file so that no reader ever sees half of it: to a temporary file beside the target, then renamed.
     *
     * @throws TokenizerException when the file cannot be written
     */
    public void write(Path target) {
        byte[] file = toBytes();
        SentencePieceModel.parse(file); // an added piece may break a rule of the format
        try {
            AtomicFile.write(target, file);
        } catch (IOException e) {
            throw new TokenizerException("cannot write " + target.getFileName() + ": " + e, e);
        }
    }

    static SentencePieceModel read(Path model) {
        try {
            return SentencePieceModel.read(model);
        } catch (NoSuchFileException e) {
            throw new TokenizerException("no such file: " + model.getFileName(), e);
        } catch (IOException e) {
            throw new TokenizerException("cannot read " + model.getFileName() + ": " + e, e);
        }
    }

    /** The score is written out although it is the default, as the original script does. */
    private static ProtoWriter piece(String text) {
        return new ProtoWriter()
                .message(
                        SentencePieceModel.PIECES,
                        new ProtoWriter().text(1, text).fixed32(2, 0));
    }
}
