package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.checkpoint.WriteReport;
import java.io.IOException;
import java.nio.file.Path;

/** Says what was written, and what to think about. */
record WrittenModel(Path output, WriteReport report) {
    /** @param type the type of the weights, in words */
    void print(Terminal terminal, boolean json, String type) {
        report.infinities()
                .forEach((tensor, count) ->
                        terminal.error("llama: warning: %s holds %d infinite values; does %s suffice?\n"
                                .formatted(tensor, count, type)));
        report.notes().forEach(note -> terminal.error("llama: note: not in the format: " + note + "\n"));
        if (json) {
            new JsonLines(terminal).answer(this::write);
        } else {
            report.files().forEach(file -> terminal.println(file.toString()));
        }
        terminal.flush();
    }

    private void write(JsonGenerator json) throws IOException {
        json.writeStringField("output", output.toString());
        json.writeArrayFieldStart("files");
        for (Path file : report.files()) {
            json.writeString(file.getFileName().toString());
        }
        json.writeEndArray();
        json.writeStringField("content_sha256", report.contentSha256());
        json.writeArrayFieldStart("notes");
        for (String note : report.notes()) {
            json.writeString(note);
        }
        json.writeEndArray();
    }
}
