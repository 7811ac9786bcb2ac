package io.github.hanllama.cli;

import io.github.hanllama.core.checkpoint.WriteReport;

/** Writes a model as the options of a command say, and says what was written. */
record ModelWriting(SourceOptions source, FormatOptions format, WriteTarget target) {
    void run(Terminal terminal, boolean json) {
        target.write(terminal, source.builder(), format::apply, (checkpoint, options) -> {
            WriteReport report = format.writer(target.divided()).write(checkpoint, target.output(), options);
            new WrittenModel(target.output(), report).print(terminal, json, format.typeName());
        });
    }
}
