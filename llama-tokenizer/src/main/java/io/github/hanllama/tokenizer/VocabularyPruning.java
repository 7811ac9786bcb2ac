package io.github.hanllama.tokenizer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds the pieces of a SentencePiece BPE vocabulary that no text is ever encoded to, and makes a vocabulary without them.
 * Nothing joins to such a piece: in the Chinese LLaMA vocabularies {@code 越来越} is there, but {@code 越来} and {@code 来越} are
 * not, so that it takes up rows of the embedding and of the head in vain.
 *
 * <pre>{@code
 * VocabularyPruning pruning = VocabularyPruning.of(Path.of("tokenizer.model")).keep("[PAD]");
 * pruning.unreachable().forEach(piece -> System.out.println(piece.id() + " " + piece.text()));
 * pruning.write(Path.of("smaller/tokenizer.model"));
 * }</pre>
 *
 * A piece is reachable exactly if its own text, alone, is encoded to it: what stands beside it in a longer text never was
 * merged with parts of it, and so had no influence. Not safe for use by several threads.
 */
public final class VocabularyPruning {
    private final SentencePieceModel model;
    private final List<Piece> unreachable;
    private final Set<String> wanted = new HashSet<>();

    /** An entry of the vocabulary and its id. */
    public record Piece(int id, String text) {}

    private VocabularyPruning(SentencePieceModel model) {
        this.model = model;
        this.unreachable = find(model);
    }

    /**
     * Encodes every piece of a model.
     *
     * @throws TokenizerException when the file is missing, or no well-formed SentencePiece BPE model
     */
    public static VocabularyPruning of(Path file) {
        SentencePieceModel model = VocabularyMerge.read(file);
        if (!model.modelType().equals("BPE")) {
            throw new TokenizerException(file.getFileName() + ": expected a BPE model, found " + model.modelType());
        }
        return new VocabularyPruning(model);
    }

    private static List<Piece> find(SentencePieceModel model) {
        SentencePieceEncoder encoder = new SentencePieceEncoder(model);
        List<Piece> found = new ArrayList<>();
        for (int id = 0; id < model.pieces().size(); id++) {
            SentencePiece piece = model.pieces().get(id);
            Ids ids = new Ids(4);
            if (piece.isText()) { // control tokens and bytes are never text
                encoder.encode(piece.text(), false, ids);
                int[] encoded = ids.toArray();
                if (encoded.length != 1 || encoded[0] != id) {
                    found.add(new Piece(id, piece.text()));
                }
            }
        }
        return List.copyOf(found);
    }

    /**
     * Keeps a piece that no text becomes, such as {@code [PAD]}, which is put between texts by its id.
     *
     * @throws IllegalArgumentException when there is no such piece
     */
    public VocabularyPruning keep(String text) {
        if (model.pieces().stream().noneMatch(piece -> piece.text().equals(text))) {
            throw new IllegalArgumentException("no piece '" + text + "' in the vocabulary");
        }
        wanted.add(text);
        return this;
    }

    /** The pieces that no text becomes, those to be kept among them, by id. */
    public List<Piece> unreachable() {
        return unreachable;
    }

    /** Pieces of the vocabulary as it is. */
    public int size() {
        return model.pieces().size();
    }

    /** The ids that stay, in order: the place in this list is the new id. */
    public List<Integer> kept() {
        Set<Integer> gone = new HashSet<>();
        unreachable.stream().filter(piece -> !wanted.contains(piece.text())).forEach(piece -> gone.add(piece.id()));
        List<Integer> kept = new ArrayList<>();
        for (int id = 0; id < model.pieces().size(); id++) {
            if (!gone.contains(id)) {
                kept.add(id);
            }
        }
        return kept;
    }

    /** The model file without the pieces that go; everything else stays byte for byte. */
    public byte[] toBytes() {
        Set<Integer> kept = new HashSet<>(kept());
        ByteArrayOutputStream out = new ByteArrayOutputStream(model.file().length);
        ProtoReader in = new ProtoReader(model.file());
        int id = 0;
        while (in.next()) {
            in.skip();
            boolean piece = in.field() == SentencePieceModel.PIECES;
            if (!piece || kept.contains(id)) {
                out.write(model.file(), in.fieldStart(), in.position() - in.fieldStart());
            }
            id += piece ? 1 : 0;
        }
        return out.toByteArray();
    }

    /**
     * Writes the model file so that no reader ever sees half of it: to a temporary file beside the target, then renamed.
     *
     * @throws TokenizerException when the file cannot be written
     */
    public void write(Path target) {
        byte[] file = toBytes();
        SentencePieceModel.parse(file);
        try {
            AtomicFile.write(target, file);
        } catch (IOException e) {
            throw new TokenizerException("cannot write " + target.getFileName() + ": " + e, e);
        }
    }
}
