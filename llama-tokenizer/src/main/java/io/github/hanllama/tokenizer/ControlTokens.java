package io.github.hanllama.tokenizer;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/** The special tokens of a vocabulary as parts of a {@link TokenSequence}. Immutable. */
final class ControlTokens {
    private final SpecialTokens special;
    private final int vocabularySize;
    private final AddedTokenSplitter splitter;
    private final Map<Integer, AddedToken> flagged = new HashMap<>();

    /** @param tokens the special ones with their flags; others are ignored */
    ControlTokens(SpecialTokens special, Collection<AddedToken> tokens, int vocabularySize) {
        this.special = special;
        this.vocabularySize = vocabularySize;
        splitter = new AddedTokenSplitter(
                tokens.stream().filter(AddedToken::special).toList());
        tokens.forEach(token -> flagged.put(token.id(), token));
    }

    /** For a vocabulary whose special tokens have no flags. */
    static ControlTokens of(SpecialTokens special, int vocabularySize) {
        return new ControlTokens(
                special,
                special.byText().entrySet().stream()
                        .map(token -> AddedToken.special(token.getKey(), token.getValue()))
                        .toList(),
                vocabularySize);
    }

    /** The id of the BOS token, which must be there. */
    int bos() {
        return required(special.bos(), "BOS");
    }

    /** The id of the EOS token, which must be there. */
    int eos() {
        return required(special.eos(), "EOS");
    }

    private static int required(OptionalInt id, String role) {
        return id.orElseThrow(() -> new IllegalArgumentException("this vocabulary has no " + role + " token"));
    }

    /** Gives out the tokens of a sequence and the texts between them, each as a whole. */
    void write(TokenSequence sequence, AddedTokenSplitter.Parts out) {
        Joiner joiner = new Joiner(out);
        for (TokenSequence.Span span : sequence.spans()) {
            switch (span) {
                case TokenSequence.Span.Text(String text) -> joiner.text.append(text);
                case TokenSequence.Span.Template(String text) -> splitter.split(text, false, true, joiner);
                case TokenSequence.Span.Special(String text) -> joiner.token(id(text));
                case TokenSequence.Span.Id(int id) -> joiner.token(check(id));
                case TokenSequence.Span.Role role -> joiner.token(role == TokenSequence.Span.Role.BOS ? bos() : eos());
            }
        }
        joiner.endText(joiner.text.length());
    }

    private int id(String text) {
        Integer id = special.byText().get(text);
        if (id == null) {
            throw new IllegalArgumentException("this vocabulary has no special token '" + Text.shorten(text) + "'");
        }
        return id;
    }

    private int check(int id) {
        if (id < 0 || id >= vocabularySize) {
            throw new IllegalArgumentException("id must be from 0 to " + (vocabularySize - 1) + ", was " + id);
        }
        return id;
    }

    /** Joins texts up to the next token, and lets the tokens swallow the white space that their flags say. */
    private final class Joiner implements AddedTokenSplitter.Parts {
        private final AddedTokenSplitter.Parts out;
        private final StringBuilder text = new StringBuilder();
        private boolean atStart = true;
        private boolean skipsSpaces;

        private Joiner(AddedTokenSplitter.Parts out) {
            this.out = out;
        }

        @Override
        public void piece(String part, int from, int to, boolean partAtStart) {
            text.append(part, from, to);
        }

        @Override
        public void token(int id) {
            AddedToken token = flagged.get(id);
            int end = text.length();
            while (token != null && token.lstrip() && end > 0 && CharKind.of(text.charAt(end - 1)) == CharKind.SPACE) {
                end--;
            }
            endText(end);
            out.token(id);
            atStart = false;
            skipsSpaces = token != null && token.rstrip();
        }

        private void endText(int end) {
            String whole = text.substring(0, end);
            int start = skipsSpaces ? CharKind.endOfRun(CharKind.SPACE, whole, 0, end) : 0;
            if (start < end) {
                out.piece(whole, start, end, atStart);
            }
            text.setLength(0);
        }
    }
}
