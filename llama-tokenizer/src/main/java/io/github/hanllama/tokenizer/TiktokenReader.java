package io.github.hanllama.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Reads Llama 3's {@code tokenizer.model}: lines of {@code base64 rank} with ascending ranks. The pattern that splits
 * words and the special tokens are not in the file but known.
 */
final class TiktokenReader {
    private static final int MAX_BYTES = 64 << 20;
    private static final int MAX_TOKEN = 256;
    private static final int LLAMA_3 = 128_000;
    private static final int SMALL = 50_000; // GPT-2's is the smallest of the other families

    private final Vocabulary vocabulary = new Vocabulary();
    private final TokenBytes tokens = new TokenBytes();
    private final MergeRules merges = new MergeRules();
    private int line;

    private TiktokenReader() {}

    static Tokenizer read(Path file, TokenizerConfig config) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return read(in.readNBytes(MAX_BYTES + 1), config);
        }
    }

    static Tokenizer read(byte[] file, TokenizerConfig config) {
        if (file.length > MAX_BYTES) {
            throw new TokenizerException("expected at most " + MAX_BYTES + " bytes, found more");
        }
        TiktokenReader reader = new TiktokenReader();
        reader.readLines(file);
        return reader.tokenizer(config);
    }

    private void readLines(byte[] file) {
        for (int from = 0, to; from < file.length; from = to + 1) {
            to = from;
            while (to < file.length && file[to] != '\n') {
                to++;
            }
            int end = to > from && file[to - 1] == '\r' ? to - 1 : to;
            if (end - from > 2 * MAX_TOKEN) {
                throw refuse("expected a token of at most " + MAX_TOKEN + " bytes, found a line of " + (end - from));
            }
            readLine(new String(file, from, end - from, StandardCharsets.ISO_8859_1));
            line++;
        }
    }

    private void readLine(String text) {
        int space = text.indexOf(' ');
        if (space <= 0) {
            throw refuse("expected 'base64 rank', found '" + Text.shorten(text) + "'");
        }
        if (!text.substring(space + 1).equals(Integer.toString(line))) {
            throw refuse("expected rank " + line + ", found '" + Text.shorten(text.substring(space + 1)) + "'");
        }
        byte[] token = base64(text.substring(0, space));
        if (!tokens.add(token, line)) {
            throw refuse("expected a token that is not there yet, found '"
                    + Text.shorten(ByteLevelAlphabet.spell(token)) + "' again");
        }
        vocabulary.add(ByteLevelAlphabet.spell(token), line);
    }

    private byte[] base64(String text) {
        try {
            byte[] token = Base64.getDecoder().decode(text);
            if (token.length > 0
                    && token.length <= MAX_TOKEN
                    && Base64.getEncoder().encodeToString(token).equals(text)) {
                return token;
            }
        } catch (IllegalArgumentException e) {
            throw refuse("expected base64, found '" + Text.shorten(text) + "': " + e.getMessage());
        }
        throw refuse("expected base64 of 1 to " + MAX_TOKEN + " bytes, found '" + Text.shorten(text) + "'");
    }

    private Tokenizer tokenizer(TokenizerConfig config) {
        checkIsLlama3();
        findMerges();
        Map<Integer, AddedToken> special = specialTokens(config);
        special.values().forEach(vocabulary::override);
        AddedTokens added = new AddedTokens(special.values(), TextNormalizer.NONE);
        TokenRoles roles =
                new TokenRoles(vocabulary.id(Llama3Tokens.BOS), vocabulary.id(Llama3Tokens.EOS), OptionalInt.empty());
        SpecialTokens resolved = roles.resolve(config, vocabulary, added);
        return new PipelineTokenizer(
                vocabulary,
                added,
                PatternSplit.isolated(new Gpt4Words(3)),
                new BpeModel(tokens, merges, new ByteSymbols(tokens, TokenBytes.ABSENT), true),
                PieceDecoder.BYTE_LEVEL,
                resolved,
                new EncodeOptions(
                        config.addBos().orElse(true) && resolved.bos().isPresent(),
                        config.addEos().orElse(false),
                        false));
    }

    private void checkIsLlama3() {
        if (line != LLAMA_3 && line >= SMALL) {
            throw new TokenizerException("a tiktoken file of " + line + " ranks is not supported: only Llama 3's, of "
                    + LLAMA_3 + ", says nothing of its split pattern and special tokens and is known all the same");
        }
        for (int value = 0; value < 256; value++) {
            if (tokens.id(new byte[] {(byte) value}, 0, 1) == TokenBytes.ABSENT) {
                throw new TokenizerException(
                        "expected a rank for every single byte, found none for 0x%02X among %d".formatted(value, line));
            }
        }
    }

    /** Every way to make a token of two others merges at the rank of the token. */
    private void findMerges() {
        for (int rank = 0; rank < line; rank++) {
            byte[] token = ByteLevelDecoder.bytes(vocabulary.piece(rank));
            for (int cut = 1; cut < token.length; cut++) {
                int left = tokens.id(token, 0, cut);
                int right = left == TokenBytes.ABSENT ? left : tokens.id(token, cut, token.length);
                if (right != TokenBytes.ABSENT) {
                    merges.add(left, right, rank, rank);
                }
            }
        }
    }

    /** Llama 3's, under the names the configuration gives them: later releases renamed some. */
    private Map<Integer, AddedToken> specialTokens(TokenizerConfig config) {
        Map<Integer, AddedToken> special = new LinkedHashMap<>();
        Llama3Tokens.from(line).forEach(token -> special.put(token.id(), token));
        for (AddedToken token : config.addedTokens()) {
            if (token.id() < line) {
                throw new TokenizerException("tokenizer_config.json: added token '" + Text.shorten(token.content())
                        + "': expected an id from " + line + ", found " + token.id());
            }
            special.values().removeIf(other -> other.content().equals(token.content()));
            special.put(token.id(), token);
        }
        return special;
    }

    private TokenizerException refuse(String what) {
        return new TokenizerException("line " + (line + 1) + ": " + what);
    }
}
