package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.tokenizer.TokenRate;
import io.github.hanllama.tokenizer.VocabularyDifference;
import io.github.hanllama.tokenizer.VocabularyPruning;
import io.github.hanllama.tokenizer.VocabularyStats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the vocabulary commands say, to people and to programs. */
record VocabReport(Terminal terminal, JsonOption jsonOption) {
    private static final int SHOWN = 20;

    void stats(VocabularyStats stats, Optional<TokenRate> rate) {
        if (jsonOption.wanted()) {
            answer(json -> {
                json.writeNumberField("size", stats.size());
                json.writeNumberField("control", stats.control());
                json.writeNumberField("bytes", stats.bytes());
                json.writeNumberField("chinese", stats.chinese());
                json.writeNumberField("chinese_characters", stats.chineseCharacters());
                json.writeStringField("longest", stats.longest());
                writeRates(json, rate.stream().toList());
            });
            return;
        }
        line("%8d  entries", stats.size());
        line("%8d  control tokens", stats.control());
        line("%8d  single bytes", stats.bytes());
        line("%8d  with Chinese characters, %d of them one character", stats.chinese(), stats.chineseCharacters());
        line("          the longest: %s", Failures.printable(stats.longest()));
        rate.ifPresent(this::print);
        terminal.flush();
    }

    void difference(VocabularyDifference difference, List<TokenRate> rates) {
        if (jsonOption.wanted()) {
            answer(json -> {
                json.writeNumberField("same", difference.same());
                json.writeObjectField("moved", difference.moved());
                json.writeObjectField("only_first", difference.onlyFirst());
                json.writeObjectField("only_second", difference.onlySecond());
                writeRates(json, rates);
            });
            return;
        }
        line("%8d  pieces in both under the same id", difference.same());
        pieces("in both under other ids", difference.moved());
        pieces("only in the first", difference.onlyFirst());
        pieces("only in the second", difference.onlySecond());
        rates.forEach(this::print);
        terminal.flush();
    }

    void written(Path output, int size, List<String> added) {
        if (jsonOption.wanted()) {
            answer(json -> {
                json.writeStringField("output", output.toString());
                json.writeNumberField("size", size);
                json.writeNumberField("added", added.size());
            });
            return;
        }
        line("%8d  entries", size);
        pieces("added", added);
        terminal.println(output.toString());
        terminal.flush();
    }

    void pruning(VocabularyPruning pruning, Optional<Path> output) {
        int kept = pruning.kept().size();
        if (jsonOption.wanted()) {
            answer(json -> {
                json.writeArrayFieldStart("unreachable");
                for (VocabularyPruning.Piece piece : pruning.unreachable()) {
                    json.writeStartArray();
                    json.writeNumber(piece.id());
                    json.writeString(piece.text());
                    json.writeEndArray();
                }
                json.writeEndArray();
                json.writeNumberField("kept", kept);
                json.writeStringField("output", output.map(Path::toString).orElse(null));
            });
            return;
        }
        pruning.unreachable().forEach(piece -> line("%8d  %s", piece.id(), Failures.printable(piece.text())));
        line("%d of %d are never encoded to", pruning.unreachable().size(), pruning.size());
        output.ifPresent(path -> line("%s: %d entries", path, kept));
        terminal.flush();
    }

    private void pieces(String what, List<String> pieces) {
        String first = String.join(
                " ", pieces.stream().limit(SHOWN).map(Failures::printable).toList());
        line(
                "%8d  %s%s%s",
                pieces.size(), what, pieces.isEmpty() ? "" : ": " + first, pieces.size() > SHOWN ? " …" : "");
    }

    private void print(TokenRate rate) {
        line(
                "%8d  tokens for %d characters: %.3f for each, %d of them single bytes",
                rate.tokens(), rate.characters(), rate.tokensPerCharacter(), rate.byteTokens());
    }

    private void line(String format, Object... values) {
        terminal.println(String.format(java.util.Locale.ROOT, format, values));
    }

    private void answer(JsonLines.AnswerBody body) {
        new JsonLines(terminal).answer(body);
        terminal.flush();
    }

    private static void writeRates(JsonGenerator json, List<TokenRate> rates) throws IOException {
        json.writeArrayFieldStart("text");
        for (TokenRate rate : rates) {
            json.writeStartObject();
            json.writeNumberField("characters", rate.characters());
            json.writeNumberField("bytes", rate.bytes());
            json.writeNumberField("tokens", rate.tokens());
            json.writeNumberField("byte_tokens", rate.byteTokens());
            json.writeNumberField("tokens_per_character", rate.tokensPerCharacter());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
