package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.github.hanllama.core.generation.FinishReason;
import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.SampleStream;
import io.github.hanllama.core.progress.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Answers the prompts of a file one after the other and writes all answers at the end, at once. Until then they are in a
 * file beside the output, from which the next run of the same command goes on.
 */
final class PredictionRun {
    private final Path output;
    private final Path unfinished;
    private final List<String> command;
    private final Terminal terminal;

    PredictionRun(Path output, List<String> command, Terminal terminal) {
        this.output = output.toAbsolutePath();
        unfinished = this.output.resolveSibling(output.getFileName() + ".partial");
        this.command = command;
        this.terminal = terminal;
    }

    /** How a run ended: of so many prompts these had been answered before, and these are now. */
    record Outcome(int prompts, int before, int answered) {}

    /** Answers what is not answered yet; stops early, without the output, when the answers are cancelled. */
    Outcome answer(List<String> prompts, Continuation continuation) {
        try (PredictionLog log = PredictionLog.open(unfinished, command);
                ProgressLine progress = ProgressLine.on(terminal)) {
            int before = requireSamePrompts(log.predictions(), prompts, continuation);
            for (int i = before; i < prompts.size(); i++) {
                progress.onProgress(new Progress(
                        Progress.Stage.WRITE, "prompt " + (i + 1) + " of " + prompts.size(), i, prompts.size()));
                GenerationResult result = complete(continuation.stream(prompts.get(i), 1));
                if (result.finishReason() == FinishReason.CANCELLED) {
                    return new Outcome(prompts.size(), before, i);
                }
                log.append(new Prediction(
                        continuation.whole(prompts.get(i)), result.text().strip()));
            }
            finish(log.predictions());
            return new Outcome(prompts.size(), before, prompts.size());
        }
    }

    private int requireSamePrompts(List<Prediction> answered, List<String> prompts, Continuation continuation) {
        for (int i = 0; i < answered.size(); i++) {
            if (i >= prompts.size() || !answered.get(i).input().equals(continuation.whole(prompts.get(i)))) {
                throw new InputException("answer " + (i + 1) + " in " + unfinished
                        + " is for another prompt than the file has now; delete it to begin again");
            }
        }
        return answered.size();
    }

    private static GenerationResult complete(SampleStream stream) {
        try (stream) {
            stream.forEach(piece -> {});
            return stream.results().getFirst();
        }
    }

    private void finish(List<Prediction> predictions) {
        Path temporary = output.resolveSibling(output.getFileName() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                write(predictions, Channels.newOutputStream(channel));
                channel.force(true);
            }
            Files.move(temporary, output, StandardCopyOption.ATOMIC_MOVE);
            Files.delete(unfinished);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(List<Prediction> predictions, OutputStream stream) throws IOException {
        try (JsonGenerator json = Json.MAPPER.createGenerator(stream).setPrettyPrinter(new DefaultPrettyPrinter())) {
            json.writeStartArray();
            for (Prediction prediction : predictions) {
                prediction.write(json);
            }
            json.writeEndArray();
            json.writeRaw('\n');
        }
    }
}
