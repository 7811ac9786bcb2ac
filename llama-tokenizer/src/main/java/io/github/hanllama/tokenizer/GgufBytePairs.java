package io.github.hanllama.tokenizer;

import io.github.hanllama.tokenizer.SentencePiece.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Makes a tokenizer of a byte-level vocabulary in a GGUF file. */
final class GgufBytePairs {
    private static final int MAX_MERGES = 1 << 21;
    private static final int MAX_CHARS = 1 << 10;

    private final GgufVocabulary source;
    private final Vocabulary vocabulary = new Vocabulary();
    private final List<AddedToken> added = new ArrayList<>();
    private final MergeRules merges = new MergeRules();

    GgufBytePairs(GgufVocabulary source) {
        this.source = source;
    }

    /** How words are split, and whether a word that is a piece goes before its merges. */
    private enum Style {
        LLAMA_3("llama-bpe", new Gpt4Words(3), true, true),
        GPT_2("gpt-2", new Gpt2Words(), false, false),
        QWEN_2("qwen2", new Gpt4Words(1), false, false);

        private final String pre;
        private final WordScanner words;
        private final PreTokenizer splitter;
        private final boolean wholeWordsFirst;
        private final boolean addsBos;

        Style(String pre, WordScanner words, boolean wholeWordsFirst, boolean addsBos) {
            this.pre = pre;
            this.words = words;
            this.splitter = PatternSplit.isolated(words);
            this.wholeWordsFirst = wholeWordsFirst;
            this.addsBos = addsBos;
        }

        static Style of(String pre) {
            return switch (pre) {
                case "llama-bpe", "llama3", "llama-v3" -> LLAMA_3;
                case "gpt-2" -> GPT_2;
                case "qwen2" -> QWEN_2;
                default ->
                    throw new TokenizerException("tokenizer.ggml.pre: '" + Text.shorten(pre)
                            + "' is not supported, expected llama-bpe, gpt-2 or qwen2");
            };
        }
    }

    /** The name of the way words are split, when the format has one. */
    static Optional<String> pre(PreTokenizer splitter, boolean wholeWordsFirst) {
        for (Style style : Style.values()) {
            if (style.splitter.equals(splitter) && style.wholeWordsFirst == wholeWordsFirst) {
                return Optional.of(style.pre);
            }
        }
        return Optional.empty();
    }

    /** How a file of this name splits words. */
    static WordScanner words(String pre) {
        return Style.of(pre).words;
    }

    static boolean wholeWordsFirst(String pre) {
        return Style.of(pre).wholeWordsFirst;
    }

    Tokenizer tokenizer() {
        GgufRules.check(source, Vocabulary.MAX_SIZE);
        Style style = Style.of(source.pre());
        readTokens();
        readMerges();
        TokenBytes words = words();
        AddedTokens tokens = new AddedTokens(added, TextNormalizer.NONE);
        SpecialTokens special = new SpecialTokens(
                source.roles().bos(),
                source.roles().eos(),
                source.roles().unk(),
                source.roles().pad(),
                tokens.specialByText());
        GgufRules.requireForFlags(source.rules(), special.bos(), special.eos());
        return new PipelineTokenizer(
                vocabulary,
                tokens,
                style.splitter,
                new BpeModel(words, merges, new ByteSymbols(words, TokenBytes.ABSENT), style.wholeWordsFirst),
                PieceDecoder.BYTE_LEVEL,
                special,
                new EncodeOptions(
                        source.rules().addBos().orElse(style.addsBos)
                                && special.bos().isPresent(),
                        source.rules().addEos().orElse(false) && special.eos().isPresent(),
                        false));
    }

    private void readTokens() {
        for (int id = 0; id < GgufRules.sizeWithoutPadding(source); id++) {
            String text = source.tokens().get(id);
            if (text.length() > MAX_CHARS) {
                throw refuse(id, "expected at most " + MAX_CHARS + " characters, found " + text.length());
            }
            Type type = type(id);
            if (type == Type.UNUSED) {
                continue; // a hole
            }
            try {
                vocabulary.add(text, id);
            } catch (TokenizerException e) {
                throw refuse(id, Text.oneLine(String.valueOf(e.getMessage())));
            }
            if (type == Type.CONTROL || type == Type.UNKNOWN) {
                added.add(AddedToken.special(text, id));
            } else if (type == Type.USER_DEFINED) {
                added.add(new AddedToken(text, id, false, false, false, false, false));
            } else if (ByteLevelAlphabet.read(text) == null) {
                throw refuse(id, "expected the spelling of bytes, found '" + Text.shorten(text) + "'");
            }
        }
    }

    private Type type(int id) {
        boolean role = source.types().isEmpty()
                && (isRole(source.roles().bos(), id) || isRole(source.roles().eos(), id));
        int number =
                source.types().isEmpty() ? Type.NORMAL.number() : source.types().get(id);
        return role ? Type.CONTROL : Type.values()[number - 1];
    }

    private static boolean isRole(OptionalInt role, int id) {
        return role.isPresent() && role.getAsInt() == id;
    }

    private void readMerges() {
        if (source.merges().size() > MAX_MERGES) {
            throw new TokenizerException("tokenizer.ggml.merges: expected at most " + MAX_MERGES + ", found "
                    + source.merges().size());
        }
        Map<String, Integer> special = new AddedTokens(added, TextNormalizer.NONE).specialByText();
        for (int rank = 0; rank < source.merges().size(); rank++) {
            String merge = source.merges().get(rank);
            int space = merge.indexOf(' ');
            if (space <= 0 || space == merge.length() - 1 || merge.indexOf(' ', space + 1) >= 0) {
                throw refuseMerge(rank, "expected two pieces and one space, found '" + Text.shorten(merge) + "'");
            }
            String left = merge.substring(0, space);
            String right = merge.substring(space + 1);
            if (!special.containsKey(left + right)) { // or a text could forge it
                merges.add(id(rank, left), id(rank, right), rank, id(rank, left + right));
            }
        }
    }

    private int id(int rank, String piece) {
        return vocabulary
                .id(piece)
                .orElseThrow(() -> refuseMerge(rank, "'" + Text.shorten(piece) + "' is not in the vocabulary"));
    }

    /** The bytes of what text can become. */
    private TokenBytes words() {
        TokenBytes words = new TokenBytes();
        for (int id = 0; id < vocabulary.size(); id++) {
            byte[] bytes = vocabulary.piece(id).isEmpty() || type(id) != Type.NORMAL
                    ? null
                    : ByteLevelAlphabet.read(vocabulary.piece(id));
            if (bytes != null) {
                words.add(bytes, id);
            }
        }
        return words;
    }

    private static TokenizerException refuse(int id, String what) {
        return new TokenizerException("tokenizer.ggml.tokens[" + id + "]: " + what);
    }

    private static TokenizerException refuseMerge(int rank, String what) {
        return new TokenizerException("tokenizer.ggml.merges[" + rank + "]: " + what);
    }
}
