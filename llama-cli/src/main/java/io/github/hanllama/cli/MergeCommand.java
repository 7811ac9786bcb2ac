package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.WriteReport;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.quant.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Base and adapters to one model on disk. */
@Command(
        name = "merge",
        description = {
            "Merges adapters into a base and writes the model: Hugging Face weights, configuration, tokenizer, and"
                    + " hanllama-merge.json with the hash of every file and tensor, which verify checks.",
            "Needs little memory, whatever the size of the model. An interrupt leaves nothing behind."
        })
final class MergeCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(
            names = "--base",
            required = true,
            paramLabel = "PATH",
            description = "The base: a folder, file or zip archive, or owner/name on a hub.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private ModelName base;

    @Option(
            names = "--lora",
            required = true,
            paramLabel = "PATH",
            description = "An adapter, named like the base; repeat to chain, in order.")
    private List<ModelName> adapters = List.of();

    @Option(
            names = "--output",
            required = true,
            paramLabel = "PATH",
            description =
                    "The folder to write, which must not exist or be empty; of gguf the file, which must not exist.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private Path output;

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            description = {
                "safetensors, bin for what reads only PyTorch's files, or gguf for llama.cpp",
                "(default: safetensors)."
            })
    private Format format = Format.SAFETENSORS;

    @Option(
            names = "--dtype",
            paramLabel = "D",
            description = "The type of every tensor: f32, f16 or bf16; by default what the base has.")
    private Optional<FloatType> dtype = Optional.empty();

    @Option(
            names = "--max-shard-bytes",
            paramLabel = "N",
            description = "A file grows no larger than this, unless a single tensor is (default: 5 GB).")
    private Optional<Long> maxShardBytes = Optional.empty();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    MergeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Cancellation cancellation = new Cancellation();
        try (ProgressLine progress = ProgressLine.on(terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            LlamaBuilder builder = base.builder();
            adapters.forEach(adapter -> builder.adapt(adapter.source()));
            builder.onProgress(progress).cancellation(cancellation);
            WriteOptions options = options().listener(progress).cancellation(cancellation);
            try (Checkpoint merged = builder.openCheckpoint()) {
                report(format.writer.write(merged, output, options));
            }
        }
        return 0;
    }

    private WriteOptions options() {
        WriteOptions options = WriteOptions.DEFAULT;
        options = dtype.isPresent() ? options.dtype(dtype.get().dtype) : options;
        return maxShardBytes.isPresent() ? options.maxShardBytes(maxShardBytes.get()) : options;
    }

    private void report(WriteReport report) {
        report.infinities()
                .forEach((tensor, count) ->
                        terminal.error("llama: warning: %s holds %d infinite values; does %s suffice?\n"
                                .formatted(
                                        tensor,
                                        count,
                                        dtype.map(FloatType::name).orElse("the base's type"))));
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> write(json, report));
        } else {
            report.files().forEach(file -> terminal.println(file.toString()));
        }
        terminal.flush();
    }

    private void write(JsonGenerator json, WriteReport report) throws IOException {
        json.writeStringField("output", output.toString());
        json.writeArrayFieldStart("files");
        for (Path file : report.files()) {
            json.writeString(file.getFileName().toString());
        }
        json.writeEndArray();
        json.writeStringField("content_sha256", report.contentSha256());
    }

    /** What kind of weight files. */
    enum Format {
        SAFETENSORS(CheckpointWriter.safetensors()),
        BIN(CheckpointWriter.bin()),
        GGUF(CheckpointWriter.gguf());

        private final CheckpointWriter writer;

        Format(CheckpointWriter writer) {
            this.writer = writer;
        }
    }

    /** What weights can be written as. */
    enum FloatType {
        F32(DType.F32),
        F16(DType.F16),
        BF16(DType.BF16);

        private final DType dtype;

        FloatType(DType dtype) {
            this.dtype = dtype;
        }
    }
}
