package io.github.hanllama.tokenizer;

/** Starts from bytes: byte-level vocabularies and tiktoken. */
final class ByteSymbols implements Symbols {
    private final int[] idOfByte = new int[256];

    /** A byte without an id becomes {@code unk}, or is left out where that is absent too, as Hugging Face does. */
    ByteSymbols(TokenBytes vocabulary, int unk) {
        for (int value = 0; value < 256; value++) {
            int id = vocabulary.id(new byte[] {(byte) value}, 0, 1);
            idOfByte[value] = id == TokenBytes.ABSENT ? unk : id;
        }
    }

    @Override
    public void encode(byte[] utf8, int length, BpeMerger merger, Ids out) {
        for (int i = 0; i < length; i++) {
            int id = idOfByte[utf8[i] & 0xFF];
            if (id != TokenBytes.ABSENT) {
                merger.add(id);
            }
        }
        merger.mergeInto(out);
    }
}
