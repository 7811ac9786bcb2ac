package io.github.hanllama.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The file formats, told apart by their first bytes: three projects call theirs {@code tokenizer.model}. */
enum TokenizerFormat {
    /** A serialized {@code ModelProto}. */
    SENTENCEPIECE,
    /** Lines of {@code base64 rank}. */
    TIKTOKEN,
    /** A JSON object. */
    HUGGING_FACE_JSON;

    private static final int HEAD = 256;

    static TokenizerFormat of(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new TokenizerException("no such file: " + file.getFileName());
        }
        try (InputStream in = Files.newInputStream(file)) {
            return of(in.readNBytes(HEAD));
        } catch (NoSuchFileException e) {
            throw new TokenizerException("no such file: " + file.getFileName(), e);
        }
    }

    /** Whatever is neither JSON nor tiktoken goes to the SentencePiece reader, whose messages name the first bad byte. */
    private static TokenizerFormat of(byte[] head) {
        int start = 0;
        while (start < head.length && Character.isWhitespace(head[start])) {
            start++;
        }
        if (start < head.length && head[start] == '{') {
            return HUGGING_FACE_JSON;
        }
        return isBase64AndRank(head) ? TIKTOKEN : SENTENCEPIECE;
    }

    private static boolean isBase64AndRank(byte[] head) {
        int i = 0;
        while (i < head.length && isBase64(head[i])) {
            i++;
        }
        return i > 0 && i + 1 < head.length && head[i] == ' ' && head[i + 1] >= '0' && head[i + 1] <= '9';
    }

    private static boolean isBase64(byte b) {
        return (b >= 'A' && b <= 'Z')
                || (b >= 'a' && b <= 'z')
                || (b >= '0' && b <= '9')
                || b == '+'
                || b == '/'
                || b == '=';
    }
}
