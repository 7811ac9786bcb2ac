package io.github.hanllama.cli;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.adapter.AdapterKind;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.PatchBase;
import io.github.hanllama.core.checkpoint.PatchHistory;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;

/** Finds out what a file or folder is and opens it as that, with every check a model gets before it runs. */
final class Inspector {
    private static final List<String> CONFIGS = List.of("config.json", "params.json");
    private static final List<String> TENSORS = List.of(".safetensors", ".bin", ".pt", ".pth");
    private static final List<String> ARCHIVES = List.of(".zip");
    private static final List<String> WEIGHTS = List.of(".safetensors", ".bin", ".pt", ".pth", ".gguf");

    private Inspector() {}

    static Inspection inspect(Path path) {
        Optional<FolderPart> part = FolderPart.of(Paths.requireExisting(path));
        return part.map(found -> inspectAs(found.folder()).explained(path.getFileName() + " is " + found.words()))
                .orElseGet(() -> inspectAs(path));
    }

    private static Inspection inspectAs(Path path) {
        ModelSource source = ModelSources.path(path);
        FileRanges files = source.headers();
        Optional<Adapter> adapter = adapter(source, files);
        if (adapter.isPresent()) {
            return inspectAdapter(adapter.get());
        }
        boolean configured = CONFIGS.stream().anyMatch(files.names()::contains);
        if (!configured && isOneOf(TENSORS, path.toString()) && Files.isRegularFile(path)) {
            return Checkpoints.isSingleFile(files)
                    ? inspectModel(path, source, files)
                    : inspectBareTensors(source, path);
        }
        if (files.names().stream().anyMatch(name -> isOneOf(WEIGHTS, name))
                || (configured && Files.isDirectory(path))
                || isOneOf(ARCHIVES, path.toString())) {
            return inspectModel(path, source, files); // says by name what is missing, or cannot be read
        }
        return inspectTokenizer(path);
    }

    private static boolean isOneOf(List<String> suffixes, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return suffixes.stream().anyMatch(lower::endsWith);
    }

    private static Optional<Adapter> adapter(ModelSource source, FileRanges files) {
        for (AdapterKind kind : ServiceLoader.load(AdapterKind.class)) {
            if (kind.recognises(files)) {
                return Optional.of(kind.adapter(source));
            }
        }
        return Optional.empty();
    }

    private static Inspection inspectModel(Path path, ModelSource source, FileRanges files) {
        try (Checkpoint checkpoint = Llama.from(source).openCheckpoint()) {
            int rows = checkpoint.config().vocabSize();
            return new Inspection(
                    Checkpoints.format(files).label(),
                    Optional.of(checkpoint.config()),
                    checkpoint.tensors(),
                    checkpoint.tokenizer(),
                    Optional.empty(),
                    "a LLaMA model, complete, " + Inspection.size(checkpoint.tensors()) + recipe(checkpoint)
                            + WholeNumbers.words(source, checkpoint)
                            + files(checkpoint) + "; " + vocabularyVerdict(checkpoint.tokenizer(), rows)
                            + Provenance.of(path).map(made -> "; " + made).orElse(""));
        }
    }

    private static String recipe(Checkpoint checkpoint) {
        return checkpoint
                .recipe()
                .filter(recipe -> recipe.type().isBlocks())
                .map(recipe -> " by the recipe " + recipe)
                .orElse("");
    }

    private static String files(Checkpoint checkpoint) {
        int files = checkpoint.weightFiles().size();
        return files == 1 ? "" : " in " + files + " files";
    }

    private static Inspection inspectAdapter(Adapter adapter) {
        ModelSource source = adapter.source();
        try (ModelFiles files = source.resolve(ProgressListener.NONE, new Cancellation());
                AdapterWeights weights = adapter.open(files)) {
            AdapterInfo info = weights.info();
            if (files.names().contains(PatchHistory.NAME)) {
                return inspectPatch(files, info);
            }
            String vocabulary = info.vocabularySize().isPresent()
                    ? "brings a vocabulary of " + info.vocabularySize().getAsInt() + "; "
                            + vocabularyVerdict(
                                    weights.tokenizer(), info.vocabularySize().getAsInt())
                    : "keeps its base's vocabulary";
            return new Inspection(
                    files.names().contains("adapter_model.safetensors") ? "peft-safetensors" : "peft-bin",
                    Optional.empty(),
                    info.replaces(),
                    weights.tokenizer(),
                    Optional.of(info),
                    "a " + info.kind() + " adapter, complete, that adds to "
                            + info.needs().size() + " matrices and replaces "
                            + info.replaces().size() + " tensors; it " + vocabulary);
        }
    }

    private static Inspection inspectPatch(ModelFiles files, AdapterInfo info) {
        String base = PatchBase.read(files)
                .map(made -> "belongs to the base with the content " + made.contentSha256())
                .orElse("does not say to which base");
        return new Inspection(
                "patch",
                Optional.empty(),
                info.needs(),
                Optional.empty(),
                Optional.of(info),
                "a patch, complete: what to add to " + info.needs().size() + " tensors of a base, "
                        + Inspection.size(info.needs()) + "; it " + base
                        + "; no model alone: patch apply writes one, --lora adds it while a model is loaded");
    }

    private static String vocabularyVerdict(Optional<Tokenizer> tokenizer, int rows) {
        if (tokenizer.isEmpty()) {
            return "without a tokenizer it works with ids, or with --tokenizer";
        }
        int tokens = tokenizer.get().vocabularySize();
        return tokens == rows
                ? "its tokenizer fits"
                : "its tokenizer has " + tokens + " tokens for " + rows + " rows, the rest is never chosen";
    }

    private static Inspection inspectBareTensors(ModelSource source, Path path) {
        boolean safetensors = path.toString().endsWith(".safetensors");
        try (ModelFiles files = source.resolve(ProgressListener.NONE, new Cancellation());
                WeightFile file = WeightFile.open(files, path.getFileName().toString())) {
            return new Inspection(
                    safetensors ? "safetensors" : "pytorch",
                    Optional.empty(),
                    file.tensors(),
                    Optional.empty(),
                    Optional.empty(),
                    "a sound " + (safetensors ? "safetensors" : "PyTorch") + " file, "
                            + file.tensors().size() + " tensors, but no config.json lies beside it, so it is no model");
        }
    }

    private static Inspection inspectTokenizer(Path path) {
        Tokenizer tokenizer = TokenizerFiles.load(path);
        return new Inspection(
                "tokenizer",
                Optional.empty(),
                List.of(),
                Optional.of(tokenizer),
                Optional.empty(),
                "a tokenizer of " + tokenizer.vocabularySize() + " tokens");
    }
}
