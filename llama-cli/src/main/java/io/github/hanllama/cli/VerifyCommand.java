package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.checkpoint.Verification;
import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Whether a model is still what was written. */
@Command(
        name = "verify",
        description = {
            "Hashes every file of a folder and compares them with hanllama-merge.json, or with Meta's checklist.chk;",
            "of a GGUF file written here every tensor, by the hashes it carries.",
            "Prints each file that changed, is missing, or was not there; the exit code is then 1."
        })
final class VerifyCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "PATH", description = "The folder of the model, or its GGUF file.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private Path path;

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    VerifyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Verification verification = verify();
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> write(json, verification));
        } else {
            verification.differences().forEach(terminal::println);
        }
        if (!verification.passed()) {
            throw new InputException("%s: %d of its files are not as written, first %s; restore them from a copy"
                    .formatted(
                            path,
                            verification.differences().stream()
                                    .map(difference -> difference.substring(0, difference.indexOf(':')))
                                    .distinct()
                                    .count(),
                            verification.differences().getFirst()));
        }
        if (!jsonOption.wanted()) {
            terminal.println("all %d files are as %s says".formatted(verification.files(), verification.list()));
        }
        return 0;
    }

    private Verification verify() {
        Cancellation cancellation = new Cancellation();
        try (ProgressLine progress = ProgressLine.on(terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            return Verification.of(Paths.requireExisting(path), progress, cancellation);
        }
    }

    private static void write(JsonGenerator json, Verification verification) throws IOException {
        json.writeStringField("list", verification.list().toString());
        json.writeNumberField("files", verification.files());
        json.writeArrayFieldStart("differences");
        for (String difference : verification.differences()) {
            json.writeString(difference);
        }
        json.writeEndArray();
    }
}
