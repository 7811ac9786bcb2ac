package io.github.hanllama.tokenizer;

import io.github.hanllama.tokenizer.SentencePiece.Type;
import java.util.OptionalInt;

/** Writes a SentencePiece vocabulary of a GGUF file as a {@code tokenizer.model}, which it was before. */
final class SentencePieceFile {
    private static final int BPE = 2;
    private static final int NONE = -1;

    private final GgufVocabulary vocabulary;
    private final int size;

    SentencePieceFile(GgufVocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.size = GgufRules.sizeWithoutPadding(vocabulary);
    }

    byte[] toBytes() {
        ProtoWriter file = new ProtoWriter();
        for (int id = 0; id < size; id++) {
            file.message(SentencePieceModel.PIECES, piece(id));
        }
        return file.message(2, trainer()).message(3, normalizer()).toBytes();
    }

    private ProtoWriter piece(int id) {
        Type type = type(id);
        String token = vocabulary.tokens().get(id);
        String text = type == Type.USER_DEFINED ? token.replace(' ', SentencePieceEncoder.SPACE_SYMBOL) : token;
        ProtoWriter piece =
                new ProtoWriter().text(1, text).fixed32(2, vocabulary.scores().get(id));
        return type == Type.NORMAL ? piece : piece.number(3, type.number());
    }

    private Type type(int id) {
        return Type.values()[vocabulary.types().get(id) - 1];
    }

    private ProtoWriter trainer() {
        boolean bytes = vocabulary.types().contains(Type.BYTE.number());
        return new ProtoWriter()
                .number(3, BPE)
                .number(4, size)
                .flag(35, bytes)
                .number(40, vocabulary.types().indexOf(Type.UNKNOWN.number()))
                .number(41, control(vocabulary.roles().bos()))
                .number(42, control(vocabulary.roles().eos()))
                .number(43, control(vocabulary.roles().pad()));
    }

    /** A role that a piece of text plays is said in tokenizer_config.json only. */
    private int control(OptionalInt id) {
        return id.isPresent() && id.getAsInt() < size && type(id.getAsInt()) == Type.CONTROL ? id.getAsInt() : NONE;
    }

    private ProtoWriter normalizer() {
        GgufVocabulary.Rules rules = vocabulary.rules();
        return new ProtoWriter()
                .text(1, "identity")
                .flag(3, rules.addSpacePrefix().orElse(true))
                .flag(4, rules.removeExtraWhitespaces())
                .flag(5, true);
    }
}
