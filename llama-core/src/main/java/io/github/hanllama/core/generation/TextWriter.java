package io.github.hanllama.core.generation;

import io.github.hanllama.tokenizer.IncrementalDecoder;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;

/**
 * Turns new ids into text: whole characters only, and nothing that may become a stop sequence. The prompt's text and this
 * text together are what decoding all the ids gives; on its own the first new id might lose its space.
 */
final class TextWriter {
    private static final IncrementalDecoder NO_TEXT = new IncrementalDecoder() {
        @Override
        public String accept(int id) {
            return "";
        }

        @Override
        public String finish() {
            return "";
        }
    };

    private final IncrementalDecoder decoder;
    private final StopMatcher stops;
    private final Optional<Trimmer> trimmer;
    private final StringBuilder text = new StringBuilder();

    /** @param stripped without the white space around the text */
    TextWriter(Optional<Tokenizer> tokenizer, int[] prompt, List<String> stopSequences, boolean stripped) {
        decoder = tokenizer.map(known -> decoderAfter(prompt, known)).orElse(NO_TEXT);
        stops = new StopMatcher(stopSequences);
        trimmer = stripped ? Optional.of(new Trimmer()) : Optional.empty();
    }

    /** The text that became certain with this id. */
    String accept(int id) {
        return append(stops.accept(decoder.accept(id)));
    }

    boolean stopped() {
        return stops.stopped();
    }

    /** The rest, when no more ids come. */
    String finish() {
        return stopped() ? "" : append(stops.accept(decoder.finish()) + stops.flush());
    }

    /** Everything so far. */
    String text() {
        return text.toString();
    }

    private static IncrementalDecoder decoderAfter(int[] prompt, Tokenizer tokenizer) {
        IncrementalDecoder decoder = tokenizer.incrementalDecoder();
        for (int id : prompt) {
            if (id >= 0 && id < tokenizer.vocabularySize()) { // rows of the model beyond it have no text
                decoder.accept(id);
            }
        }
        return decoder;
    }

    private String append(String part) {
        String certain = trimmer.map(each -> each.accept(part)).orElse(part);
        text.append(certain);
        return certain;
    }
}
