package io.github.hanllama.cli;

import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.MetaLayout;
import io.github.hanllama.core.checkpoint.UnevenRows;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.quant.DType;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say what a model is written as. */
final class FormatOptions {
    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            description = {
                "hf or safetensors (default), bin for what reads only PyTorch's files, meta for consolidated.NN.pth with",
                "params.json, or gguf for llama.cpp."
            })
    private Format format = Format.HF;

    @Option(
            names = "--dtype",
            paramLabel = "D",
            description = "The type of every tensor: f32, f16 or bf16; by default what the base has.")
    private Optional<FloatType> dtype = Optional.empty();

    @Option(
            names = "--parallel",
            paramLabel = "N",
            description = "Of meta: how many files; by default 1, 2, 4, 8 of a 7B, 13B, 33B, 65B.")
    private Optional<Integer> parallel = Optional.empty();

    @Option(
            names = "--uneven-rows",
            paramLabel = "RULE",
            description = {
                "Of meta: what becomes of rows of the vocabulary that do not divide: last-more (default), as the merge",
                "scripts of Chinese-LLaMA-Alpaca, or last-fewer, as torch.chunk in OpenChineseLLaMA's converter."
            })
    private Uneven uneven = Uneven.LAST_MORE;

    @Option(
            names = "--split-embedding",
            paramLabel = "AXIS",
            description = "Of meta: columns or rows; by default as Meta does, rows from Llama-3 on.")
    private Optional<MetaLayout.EmbeddingSplit> embedding = Optional.empty();

    /** @param divided whether files are to be no larger than asked for */
    CheckpointWriter writer(boolean divided) {
        return switch (format) {
            case HF, SAFETENSORS -> CheckpointWriter.safetensors();
            case BIN -> CheckpointWriter.bin();
            case META -> CheckpointWriter.meta(layout());
            case GGUF -> divided ? CheckpointWriter.ggufParts() : CheckpointWriter.gguf();
        };
    }

    private MetaLayout layout() {
        MetaLayout layout = MetaLayout.DEFAULT.vocabulary(uneven.rows);
        layout = parallel.isPresent() ? layout.files(parallel.get()) : layout;
        return embedding.isPresent() ? layout.embedding(embedding.get()) : layout;
    }

    WriteOptions apply(WriteOptions options) {
        return dtype.isPresent() ? options.dtype(dtype.get().dtype) : options;
    }

    /** For messages. */
    String typeName() {
        return dtype.map(FloatType::name).orElse("the base's type");
    }

    /** What kind of files. */
    private enum Format {
        HF,
        SAFETENSORS,
        BIN,
        META,
        GGUF
    }

    /** The rules, spelled as on a command line. */
    private enum Uneven {
        LAST_MORE(UnevenRows.LAST_MORE),
        LAST_FEWER(UnevenRows.LAST_FEWER);

        private final UnevenRows rows;

        Uneven(UnevenRows rows) {
            this.rows = rows;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** What weights can be written as. */
    private enum FloatType {
        F32(DType.F32),
        F16(DType.F16),
        BF16(DType.BF16);

        private final DType dtype;

        FloatType(DType dtype) {
            this.dtype = dtype;
        }
    }
}
