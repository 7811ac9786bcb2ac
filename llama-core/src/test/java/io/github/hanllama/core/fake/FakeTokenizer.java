package io.github.hanllama.core.fake;

import io.github.hanllama.tokenizer.EncodeOptions;
import io.github.hanllama.tokenizer.IncrementalDecoder;
import io.github.hanllama.tokenizer.SpecialTokens;
import io.github.hanllama.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * Ids 0 to 2 are unknown, BOS and EOS, then come 256 bytes, then whole words that only decoding knows. Words such as {@code
 * <|eot_id|>} are control tokens.
 */
public final class FakeTokenizer implements Tokenizer {
    public static final int BOS = 1;
    public static final int EOS = 2;
    private static final int FIRST_BYTE = 3;
    private static final int FIRST_WORD = FIRST_BYTE + 256;

    private final List<String> words;

    public FakeTokenizer(String... words) {
        this.words = List.of(words);
    }

    /** The id of a word given to the constructor. */
    public int word(String word) {
        return FIRST_WORD + words.indexOf(word);
    }

    @Override
    public int vocabularySize() {
        return FIRST_WORD + words.size();
    }

    @Override
    public int[] encode(String text, EncodeOptions options) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int bos = options.addBos() ? 1 : 0;
        int[] ids = new int[bos + bytes.length + (options.addEos() ? 1 : 0)];
        if (options.addEos()) {
            ids[ids.length - 1] = EOS;
        }
        for (int i = 0; i < bytes.length; i++) {
            ids[bos + i] = FIRST_BYTE + (bytes[i] & 0xff);
        }
        if (options.addBos()) {
            ids[0] = BOS;
        }
        return ids;
    }

    /** Asks for everything, so that a caller who must not pass it on is found out. */
    @Override
    public EncodeOptions defaultOptions() {
        return new EncodeOptions(true, true, true);
    }

    @Override
    public String decode(int... ids) {
        IncrementalDecoder decoder = incrementalDecoder();
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(decoder.accept(id));
        }
        return text + decoder.finish();
    }

    @Override
    public IncrementalDecoder incrementalDecoder() {
        return new IncrementalDecoder() {
            private final ByteBuffer pending = ByteBuffer.allocate(64);
            private final CharsetDecoder utf8 =
                    StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE);

            @Override
            public String accept(int id) {
                pending.put(bytes(id)).flip();
                CharBuffer text = CharBuffer.allocate(64);
                utf8.decode(pending, text, false);
                pending.compact();
                return text.flip().toString();
            }

            @Override
            public String finish() {
                return pending.position() > 0 ? "\uFFFD" : "";
            }
        };
    }

    @Override
    public String piece(int id) {
        return new String(bytes(id), StandardCharsets.UTF_8);
    }

    @Override
    public OptionalInt id(String piece) {
        return words.contains(piece) ? OptionalInt.of(word(piece)) : OptionalInt.empty();
    }

    @Override
    public byte[] bytes(int id) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (id >= FIRST_WORD && isControl(words.get(id - FIRST_WORD))) {
            return new byte[0];
        }
        if (id >= FIRST_WORD) {
            bytes.writeBytes(words.get(id - FIRST_WORD).getBytes(StandardCharsets.UTF_8));
        } else if (id >= FIRST_BYTE) {
            bytes.write(id - FIRST_BYTE);
        }
        return bytes.toByteArray();
    }

    @Override
    public SpecialTokens specialTokens() {
        return new SpecialTokens(
                OptionalInt.of(BOS),
                OptionalInt.of(EOS),
                OptionalInt.of(0),
                OptionalInt.empty(),
                words.stream().filter(FakeTokenizer::isControl).collect(Collectors.toMap(word -> word, this::word)));
    }

    private static boolean isControl(String word) {
        return word.startsWith("<|");
    }
}
