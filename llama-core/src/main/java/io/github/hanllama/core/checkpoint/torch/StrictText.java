package io.github.hanllama.core.checkpoint.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** UTF-8 that is nothing else: no overlong forms, no surrogates, no replacement characters. */
final class StrictText {
    private static final int MAX_NAME_LENGTH = 1000;

    private StrictText() {}

    /** The text of these bytes, or empty when they are not UTF-8. */
    static Optional<String> decode(MemorySegment bytes) {
        ByteBuffer copy = ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE));
        try {
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(copy).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Whether something may be named so: a tensor, an entry, a Python class. */
    static boolean isName(String text) {
        return !text.isEmpty()
                && text.length() <= MAX_NAME_LENGTH
                && text.codePoints().noneMatch(Character::isISOControl);
    }
}
