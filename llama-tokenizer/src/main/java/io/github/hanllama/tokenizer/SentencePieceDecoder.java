package io.github.hanllama.tokenizer;

/**
 * Ids to text as SentencePiece does it: the space its encoder put before the text is dropped again, byte pieces are
 * collected to characters, and each byte that is not part of one becomes U+FFFD.
 */
final class SentencePieceDecoder implements IncrementalDecoder {
    private static final char REPLACEMENT = '\uFFFD';

    private final SentencePieceVocabulary vocabulary;
    private final StringBuilder text = new StringBuilder();
    private final byte[] pending = new byte[4];
    private int pendingCount;
    private boolean atStart = true;

    SentencePieceDecoder(SentencePieceVocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    @Override
    public String accept(int id) {
        append(id);
        return take();
    }

    @Override
    public String finish() {
        flushBytes();
        atStart = true;
        return take();
    }

    void append(int id) {
        int value = vocabulary.byteValue(id);
        if (value >= 0) {
            appendByte((byte) value);
            atStart = false;
        } else {
            flushBytes();
            appendSurface(id);
        }
    }

    private String take() {
        String taken = text.toString();
        text.setLength(0);
        return taken;
    }

    /** Only the first piece that is not empty loses its leading space. */
    private void appendSurface(int id) {
        String surface = vocabulary.surface(id);
        if (surface.isEmpty()) {
            return;
        }
        boolean strip = atStart && vocabulary.dropsLeadingSpace() && vocabulary.startsWithSpace(id);
        text.append(surface, strip ? 1 : 0, surface.length());
        atStart = strip && surface.length() == 1 && vocabulary.dropsAllLeadingSpaces();
    }

    private void appendByte(byte value) {
        pending[pendingCount++] = value;
        while (pendingCount > 0) {
            int length = sequenceLength(pending[0]);
            if (!isPrefixOfCharacter(length)) {
                text.append(REPLACEMENT);
                drop(1);
            } else if (pendingCount < length) {
                return;
            } else {
                appendCharacter(length);
            }
        }
    }

    private void appendCharacter(int length) {
        int codePoint = length == 1 ? pending[0] : pending[0] & (0x7F >> length);
        for (int i = 1; i < length; i++) {
            codePoint = codePoint << 6 | (pending[i] & 0x3F);
        }
        if (isEncodedIn(length, codePoint)) {
            text.appendCodePoint(codePoint);
            drop(length);
        } else {
            text.append(REPLACEMENT);
            drop(1);
        }
    }

    private boolean isPrefixOfCharacter(int length) {
        for (int i = 1; i < Math.min(length, pendingCount); i++) {
            if ((pending[i] & 0xC0) != 0x80) {
                return false;
            }
        }
        return length > 0;
    }

    /** By the first byte alone; 0 for a byte that cannot be first. */
    private static int sequenceLength(byte first) {
        int value = first & 0xFF;
        return value < 0x80 ? 1 : value < 0xC0 ? 0 : value < 0xE0 ? 2 : value < 0xF0 ? 3 : value < 0xF8 ? 4 : 0;
    }

    /** Neither overlong, nor a surrogate, nor beyond Unicode. */
    private static boolean isEncodedIn(int length, int codePoint) {
        return switch (length) {
            case 1 -> true;
            case 2 -> codePoint >= 0x80;
            case 3 -> codePoint >= 0x800 && !(codePoint >= 0xD800 && codePoint < 0xE000);
            default -> codePoint >= 0x10000 && codePoint <= Character.MAX_CODE_POINT;
        };
    }

    private void drop(int count) {
        pendingCount -= count;
        System.arraycopy(pending, count, pending, 0, pendingCount);
    }

    private void flushBytes() {
        for (; pendingCount > 0; pendingCount--) {
            text.append(REPLACEMENT);
        }
    }
}
