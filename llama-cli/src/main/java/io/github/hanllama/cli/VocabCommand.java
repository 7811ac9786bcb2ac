package io.github.hanllama.cli;

import io.github.hanllama.core.checkpoint.ResizedVocabulary;
import io.github.hanllama.tokenizer.TokenRate;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.VocabularyDifference;
import io.github.hanllama.tokenizer.VocabularyMerge;
import io.github.hanllama.tokenizer.VocabularyPruning;
import io.github.hanllama.tokenizer.VocabularyStats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Vocabularies: what they are made of, how they differ, larger and smaller ones. */
@Command(
        name = "vocab",
        description = {
            "Looks at vocabularies, compares them, makes larger and smaller ones, and fits a model to them.",
            "Tokenizers are named as in tokenize; merge and prune want a SentencePiece tokenizer.model."
        })
final class VocabCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    VocabCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: merge, diff, prune or stats");
    }

    @Command(name = "stats", description = "Counts what a vocabulary is made of.")
    int stats(
            @Parameters(paramLabel = "TOKENIZER", description = "The tokenizer.") ModelName name,
            @Mixin TextOption text,
            @Mixin JsonOption jsonOption) {
        Tokenizer tokenizer = TokenizerFiles.load(name.tokenizerPath());
        VocabularyStats stats = VocabularyStats.of(tokenizer);
        Optional<TokenRate> rate = text.read(terminal).map(content -> TokenRate.of(tokenizer, content));
        new VocabReport(terminal, jsonOption).stats(stats, rate);
        return 0;
    }

    @Command(
            name = "diff",
            description = "Compares the pieces of two vocabularies, and with --text how many tokens they make of it.")
    int diff(
            @Parameters(index = "0", paramLabel = "TOKENIZER", description = "The first.") ModelName first,
            @Parameters(index = "1", paramLabel = "TOKENIZER", description = "The second.") ModelName second,
            @Mixin TextOption text,
            @Mixin JsonOption jsonOption) {
        Tokenizer one = TokenizerFiles.load(first.tokenizerPath());
        Tokenizer other = TokenizerFiles.load(second.tokenizerPath());
        List<TokenRate> rates = text.read(terminal)
                .map(content -> List.of(TokenRate.of(one, content), TokenRate.of(other, content)))
                .orElse(List.of());
        new VocabReport(terminal, jsonOption).difference(VocabularyDifference.of(one, other), rates);
        return 0;
    }

    @Command(
            name = "merge",
            description = {
                "Adds the pieces of other vocabularies that the first lacks, with score 0, as the Chinese LLaMA ones were made;"
                        + " from the published ingredients that gives the published files.",
                "With --model writes that model with rows for the new pieces, and the vocabulary in its folder."
            })
    int merge(
            @Parameters(paramLabel = "TOKENIZER", description = "tokenizer.model to start from.") ModelName name,
            @Option(
                            names = "--add",
                            paramLabel = "FILE",
                            description = "A SentencePiece model of any type; can be repeated.")
                    List<Path> models,
            @Option(names = "--add-piece", paramLabel = "TEXT", description = "One piece, as [PAD]; can be repeated.")
                    List<String> pieces,
            @Mixin ResizeOption resize,
            @Mixin JsonOption jsonOption) {
        VocabularyMerge merge = VocabularyMerge.of(file(name));
        for (Path model : models == null ? List.<Path>of() : models) {
            merge.addPiecesOf(Paths.requireExisting(model));
        }
        for (String piece : pieces == null ? List.<String>of() : pieces) {
            merge.addPiece(piece);
        }
        resize.write(
                terminal,
                merge::write,
                (base, tokenizer) -> ResizedVocabulary.grown(base, tokenizer, resize.newRows()));
        new VocabReport(terminal, jsonOption).written(resize.output(), merge.vocabularySize(), merge.added());
        return 0;
    }

    @Command(
            name = "prune",
            description = {
                "Lists the pieces of a SentencePiece vocabulary that no text is ever encoded to.",
                "With --output writes the vocabulary without them, with --model that model without their rows."
            })
    int prune(
            @Parameters(paramLabel = "TOKENIZER", description = "tokenizer.model, or the folder it is in.")
                    ModelName name,
            @Option(
                            names = "--keep",
                            paramLabel = "PIECE",
                            description = "A piece to keep all the same; special tokens of the folder are kept anyway.")
                    List<String> keep,
            @Mixin ResizeOption resize,
            @Mixin JsonOption jsonOption) {
        VocabularyPruning pruning = VocabularyPruning.of(file(name));
        for (String piece : keep == null ? List.<String>of() : keep) {
            pruning.keep(piece);
        }
        Tokenizer tokenizer = TokenizerFiles.load(name.tokenizerPath());
        pruning.unreachable().stream()
                .filter(piece -> tokenizer.specialTokens().contains(piece.id()))
                .forEach(piece -> pruning.keep(piece.text()));
        if (resize.isAsked()) {
            List<Integer> kept = pruning.kept();
            resize.write(terminal, pruning::write, (base, smaller) -> ResizedVocabulary.selected(base, smaller, kept));
        }
        new VocabReport(terminal, jsonOption)
                .pruning(pruning, resize.isAsked() ? Optional.of(resize.output()) : Optional.empty());
        return 0;
    }

    /** Of a folder the file that merging and pruning read. */
    private static Path file(ModelName name) {
        Path path = name.tokenizerPath();
        return Files.isDirectory(path)
                ? Paths.requireExisting(path.resolve("tokenizer.model"))
                : Paths.requireExisting(path);
    }

    /** {@code --text FILE}. */
    static final class TextOption {
        @Option(
                names = "--text",
                paramLabel = "FILE",
                description = "A text in UTF-8 to count the tokens of; - reads standard input.")
        private Optional<String> file = Optional.empty();

        Optional<String> read(Terminal terminal) {
            return file.map(name -> {
                try {
                    byte[] bytes = name.equals("-")
                            ? terminal.in().readAllBytes()
                            : Files.readAllBytes(Paths.requireExisting(Path.of(name)));
                    return new String(bytes, StandardCharsets.UTF_8);
                } catch (IOException e) {
                    throw new InputException(name + ": cannot be read: " + e.getMessage(), e);
                }
            });
        }
    }
}
