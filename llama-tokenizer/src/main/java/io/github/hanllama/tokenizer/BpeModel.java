package io.github.hanllama.tokenizer;

/**
 * Byte-pair encoding of one word.
 *
 * @param vocabulary the bytes of each piece that text can become
 * @param wholeWordsFirst a word that is a piece becomes that piece, whether merges lead to it or not
 */
record BpeModel(TokenBytes vocabulary, MergeRules merges, Symbols symbols, boolean wholeWordsFirst) {
    /** The encoder of one text; collects its ids. */
    Encoder encoder(Ids out) {
        return new Encoder(this, out);
    }

    /** Encodes word after word. Belongs to one thread. */
    static final class Encoder implements Pieces {
        private final BpeModel model;
        private final BpeMerger merger;
        private final Ids out;
        private byte[] utf8 = new byte[256];

        private Encoder(BpeModel model, Ids out) {
            this.model = model;
            this.merger = new BpeMerger(model.merges);
            this.out = out;
        }

        @Override
        public void piece(String text, int from, int to, boolean atStart) {
            int length = toUtf8(text, from, to);
            if (model.wholeWordsFirst) {
                int id = model.vocabulary.id(utf8, 0, length);
                if (id != TokenBytes.ABSENT) {
                    out.add(id);
                    return;
                }
            }
            model.symbols.encode(utf8, length, merger, out);
        }

        /** The text is well formed: see {@link WellFormed}. */
        private int toUtf8(String text, int from, int to) {
            if (utf8.length < 3L * (to - from)) {
                utf8 = new byte[Math.multiplyExact(3, to - from)];
            }
            int length = 0;
            for (int i = from; i < to; i++) {
                char c = text.charAt(i);
                if (c < 0x80) {
                    utf8[length++] = (byte) c;
                } else if (c < 0x800) {
                    utf8[length++] = (byte) (0xC0 | c >> 6);
                    utf8[length++] = (byte) (0x80 | c & 0x3F);
                } else if (!Character.isSurrogate(c)) {
                    utf8[length++] = (byte) (0xE0 | c >> 12);
                    utf8[length++] = (byte) (0x80 | c >> 6 & 0x3F);
                    utf8[length++] = (byte) (0x80 | c & 0x3F);
                } else {
                    int codePoint = Character.toCodePoint(c, text.charAt(++i));
                    utf8[length++] = (byte) (0xF0 | codePoint >> 18);
                    utf8[length++] = (byte) (0x80 | codePoint >> 12 & 0x3F);
                    utf8[length++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
                    utf8[length++] = (byte) (0x80 | codePoint & 0x3F);
                }
            }
            return length;
        }
    }
}
