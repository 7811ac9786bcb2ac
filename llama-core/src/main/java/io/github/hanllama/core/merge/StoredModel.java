package io.github.hanllama.core.merge;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.Verification;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.quant.DType;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model in a folder that reads back as what it was, to the bit: safetensors, or GGUF where some of it is in blocks or its
 * tokenizer or chat template is in no file of its own. Beside a GGUF file lie the configuration and the small files of the original, which
 * count, not what the file says of itself.
 */
final class StoredModel {
    private static final String GGUF = "model.gguf";
    private static final String CONFIG = "config.json";
    private static final List<String> TOKENIZERS = List.of("tokenizer.model", "tokenizer.json");

    private final Path folder;

    StoredModel(Path folder) {
        this.folder = folder;
    }

    /** @throws IllegalArgumentException when neither format has words for it */
    void write(Checkpoint checkpoint, WriteOptions options) throws IOException {
        if (!needsGguf(checkpoint)) {
            CheckpointWriter.safetensors().write(checkpoint, folder, options);
            return;
        }
        Files.createDirectory(folder);
        for (Path file : checkpoint.companionFiles()) {
            Files.copy(file, folder.resolve(file.getFileName()));
        }
        Files.writeString(folder.resolve(CONFIG), HfConfig.write(checkpoint.config()));
        CheckpointWriter.gguf().write(new AsComputed(checkpoint), folder.resolve(GGUF), options);
    }

    private static boolean needsGguf(Checkpoint checkpoint) {
        boolean blocks =
                checkpoint.tensors().stream().anyMatch(info -> info.dtype().isBlocks());
        boolean wordsInside = checkpoint.tokenizer().isPresent() && !hasTokenizerFile(checkpoint.companionFiles());
        return blocks || wordsInside || checkpoint.chatTemplate().isPresent();
    }

    private static boolean hasTokenizerFile(List<Path> files) {
        return files.stream().anyMatch(file -> TOKENIZERS.contains(String.valueOf(file.getFileName())));
    }

    /**
     * Compares every byte with the hashes that were written with it.
     *
     * @return the first difference
     */
    Optional<String> difference(Cancellation cancellation) {
        Path gguf = folder.resolve(GGUF);
        Path list = Files.exists(gguf) ? gguf : folder;
        return Verification.of(list, ProgressListener.NONE, cancellation).differences().stream()
                .findFirst();
    }

    /** @throws io.github.hanllama.core.error.LlamaException when it is damaged */
    Checkpoint open() {
        Path gguf = folder.resolve(GGUF);
        boolean inOneFile = Files.exists(gguf);
        Checkpoint weights = Checkpoints.open(files(inOneFile ? gguf : folder));
        if (!inOneFile) {
            return weights;
        }
        try {
            return new WithCompanions(weights, folder);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private static ModelFiles files(Path path) {
        return ModelSources.path(path).resolve(ProgressListener.NONE, new Cancellation());
    }

    /** Every tensor in the type it has, and no tokenizer where files have it: not every one can be said in GGUF. */
    private static final class AsComputed extends DelegatingCheckpoint {
        AsComputed(Checkpoint checkpoint) {
            super(checkpoint);
        }

        @Override
        public Optional<Tokenizer> tokenizer() {
            return hasTokenizerFile(super.companionFiles()) ? Optional.empty() : super.tokenizer();
        }

        /** They lie beside the file: what they say is not to be said inside. */
        @Override
        public List<Path> companionFiles() {
            return List.of();
        }

        @Override
        public DType writtenType(String name) {
            return tensor(name).info().dtype();
        }
    }

    /** A GGUF file with what lies beside it. */
    private static final class WithCompanions extends DelegatingCheckpoint {
        private final LlamaConfig config;
        private final List<Path> companions;
        private final Optional<Tokenizer> tokenizer;

        WithCompanions(Checkpoint weights, Path folder) {
            super(weights);
            ModelFiles files = files(folder);
            config = Checkpoints.config(files, warning -> {});
            companions = files.names().stream()
                    .filter(name -> !name.equals(GGUF) && !name.equals(CONFIG))
                    .map(files::path)
                    .toList();
            tokenizer = hasTokenizerFile(companions) ? Optional.of(load(folder)) : weights.tokenizer();
        }

        private static Tokenizer load(Path folder) {
            try {
                return Tokenizers.load(folder);
            } catch (TokenizerException e) {
                throw new ModelFormatException(folder + ": " + e.getMessage(), e);
            }
        }

        @Override
        public LlamaConfig config() {
            return config;
        }

        @Override
        public Optional<Tokenizer> tokenizer() {
            return tokenizer;
        }

        @Override
        public List<Path> companionFiles() {
            return companions;
        }
    }
}
