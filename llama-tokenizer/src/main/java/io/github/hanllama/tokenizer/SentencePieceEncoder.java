package io.github.hanllama.tokenizer;

/** Plain text to ids, as SentencePiece's BPE model does it. Immutable. */
final class SentencePieceEncoder {
    static final char SPACE_SYMBOL = '\u2581';

    private static final char REPLACEMENT = '\uFFFD';

    private final SymbolTable symbols;
    private final SentencePieceMerges merges;
    private final WholePieces wholes;
    private final PrefixTree userDefined; // pieces that are taken from a text whole, with their ids
    private final boolean removeExtraWhitespaces;
    private final int[] byteIds; // by byte value; empty without byte fallback
    private final int unkId;

    SentencePieceEncoder(SentencePieceModel model) {
        symbols = new SymbolTable(model.pieces());
        merges = new SentencePieceMerges(model.pieces(), symbols);
        wholes = new WholePieces(model.pieces(), symbols, merges.rules());
        userDefined = userDefined(model);
        removeExtraWhitespaces = model.removeExtraWhitespaces();
        byteIds = byteIds(model);
        unkId = model.unkId();
    }

    private static int[] byteIds(SentencePieceModel model) {
        int[] ids = new int[model.byteFallback() ? 256 : 0];
        for (int id = 0; id < model.pieces().size() && ids.length > 0; id++) {
            SentencePiece piece = model.pieces().get(id);
            if (piece.type() == SentencePiece.Type.BYTE) {
                ids[piece.byteValue()] = id;
            }
        }
        return ids;
    }

    private static PrefixTree userDefined(SentencePieceModel model) {
        PrefixTree symbols = new PrefixTree();
        for (int id = 0; id < model.pieces().size(); id++) {
            if (model.pieces().get(id).type() == SentencePiece.Type.USER_DEFINED) {
                symbols.put(model.pieces().get(id).text(), id);
            }
        }
        return symbols;
    }

    /** Appends the ids of one text, with a space before it if {@code prefix} says so and it is not empty. */
    void encode(String text, boolean prefix, Ids ids) {
        String kept = removeExtraWhitespaces ? withoutExtraWhitespaces(text) : text;
        if (kept.isEmpty()) {
            return;
        }
        Run run = new Run(ids);
        if (userDefined.isEmpty()) {
            encodePlain(kept, prefix, run);
        } else {
            encodeAroundUserDefined((prefix ? " " + kept : kept).replace(' ', SPACE_SYMBOL), run);
        }
        run.flush();
    }

    /** One space for several, none at the ends; at the end a literal {@code ▁} goes too, as in the original. */
    private static String withoutExtraWhitespaces(String text) {
        int end = text.length();
        while (end > 0 && (text.charAt(end - 1) == ' ' || text.charAt(end - 1) == SPACE_SYMBOL)) {
            end--;
        }
        int start = 0;
        while (start < end && text.charAt(start) == ' ') {
            start++;
        }
        return text.substring(start, end).replaceAll(" +", " ");
    }

    private void encodePlain(String text, boolean prefix, Run run) {
        if (prefix) {
            run.add(SPACE_SYMBOL);
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                run.add(c == ' ' ? SPACE_SYMBOL : c);
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                run.add(Character.toCodePoint(c, text.charAt(++i)));
            } else {
                run.add(REPLACEMENT);
            }
        }
    }

    /** User-defined symbols are found first, from the left, the longest at each place, and are never merged. */
    private void encodeAroundUserDefined(String text, Run run) {
        int start = 0;
        for (int i = 0; i < text.length(); ) {
            long found = userDefined.longest(text, i);
            if (found == PrefixTree.NONE) {
                i += Character.charCount(text.codePointAt(i));
            } else {
                encodePlain(text.substring(start, i), false, run);
                i = PrefixTree.end(found);
                start = i;
                run.addFrozen(PrefixTree.value(found));
            }
        }
        encodePlain(text.substring(start), false, run);
    }

    /** The code points since the last safe place to cut; a cut merges them and appends their ids. */
    private final class Run {
        private final BpeMerger merger = new BpeMerger(merges.rules());
        private final Ids ids;
        private final int start;
        private int last = SymbolTable.FOREIGN;
        private int lastCodePoint;

        Run(Ids ids) {
            this.ids = ids;
            this.start = ids.size();
        }

        void add(int codePoint) {
            int symbol = symbols.ofCodePoint(codePoint);
            if (last < 0 || symbol < 0 || merges.isCut(lastCodePoint, last, codePoint, symbol)) {
                flush();
            }
            if (symbol == SymbolTable.FOREIGN) {
                addUnknown(codePoint);
            } else {
                merger.add(symbol);
            }
            last = symbol;
            lastCodePoint = codePoint;
        }

        void addFrozen(int id) {
            flush();
            ids.add(id);
            last = SymbolTable.FOREIGN;
        }

        void flush() {
            int whole = wholes.find(merger);
            if (whole != WholePieces.NONE) {
                ids.add(whole);
                merger.clear();
                return;
            }
            merger.merge();
            for (int i = 0; i < merger.size(); i++) {
                int symbol = merger.symbol(i);
                if (symbols.isPiece(symbol)) {
                    ids.add(symbol);
                } else {
                    addUnknown(symbols.bareCodePoint(symbol));
                }
            }
            merger.clear();
        }

        /** A code point that is no piece: its bytes, else one unknown token for each stretch of such code points. */
        private void addUnknown(int codePoint) {
            if (byteIds.length > 0) {
                addBytes(codePoint);
            } else if (ids.size() == start || ids.last() != unkId) {
                ids.add(unkId);
            }
        }

        private void addBytes(int codePoint) {
            if (codePoint < 0x80) {
                ids.add(byteIds[codePoint]);
                return;
            }
            int continuations = codePoint < 0x800 ? 1 : codePoint < 0x10000 ? 2 : 3;
            int lead = 0xF0 << (3 - continuations) & 0xFF;
            ids.add(byteIds[lead | codePoint >> 6 * continuations]);
            for (int i = continuations - 1; i >= 0; i--) {
                ids.add(byteIds[0x80 | codePoint >> 6 * i & 0x3F]);
            }
        }
    }
}
