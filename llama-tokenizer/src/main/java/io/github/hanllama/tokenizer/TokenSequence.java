package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * Control tokens and texts in the order in which a model reads them: what a chat template puts together.
 *
 * <pre>{@code
 * TokenSequence prompt = TokenSequence.builder()
 *         .bos()
 *         .template("<|start_header_id|>user<|end_header_id|>\n\n")
 *         .text(userText)
 *         .special("<|eot_id|>")
 *         .build();
 * int[] ids = tokenizer.encode(prompt);
 * }</pre>
 *
 * The ids are those of the joined string with its special strings parsed, as Hugging Face encodes it: texts that touch are
 * one text, merged across the border, and each text between two tokens gets the leading space that the tokenizer gives to
 * such a text. The one difference is that {@link Builder#text} is never parsed, so nothing in it can forge a token.
 * (Special tokens that a {@code tokenizer.json} declares {@code normalized} separate texts too, where Hugging Face
 * normalizes across them.)
 */
public final class TokenSequence {
    private final List<Span> spans;

    private TokenSequence(List<Span> spans) {
        this.spans = List.copyOf(spans);
    }

    /** Starts an empty sequence. */
    public static Builder builder() {
        return new Builder();
    }

    List<Span> spans() {
        return spans;
    }

    sealed interface Span {
        record Text(String text) implements Span {}

        record Template(String text) implements Span {}

        record Special(String text) implements Span {}

        record Id(int id) implements Span {}

        enum Role implements Span {
            BOS,
            EOS
        }
    }

    /** Collects the parts of a sequence. Which tokens there are is only known, and checked, when it is encoded. */
    public static final class Builder {
        private final List<Span> spans = new ArrayList<>();

        private Builder() {}

        /** Appends the token that begins texts; here it stands for itself, so the text after it is not the first. */
        public Builder bos() {
            return add(Span.Role.BOS);
        }

        /** Appends the token that ends texts. */
        public Builder eos() {
            return add(Span.Role.EOS);
        }

        /** Appends the special token that is written like this, for example {@code <|eot_id|>}. */
        public Builder special(String token) {
            return add(new Span.Special(token));
        }

        /** Appends a token by its id. */
        public Builder token(int id) {
            return add(new Span.Id(id));
        }

        /** Appends text from anyone. Special strings in it are ordinary text. */
        public Builder text(String text) {
            return add(new Span.Text(text));
        }

        /** Appends text by the author of a template. Special strings in it become their tokens. */
        public Builder template(String text) {
            return add(new Span.Template(text));
        }

        private Builder add(Span span) {
            spans.add(span);
            return this;
        }

        /** The sequence so far; the builder may go on. */
        public TokenSequence build() {
            return new TokenSequence(spans);
        }
    }
}
