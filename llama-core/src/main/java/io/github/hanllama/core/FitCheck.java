package io.github.hanllama.core;

import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.adapter.Misfit;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.HeaderFiles;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.plan.ByteCount;
import io.github.hanllama.core.plan.Finding;
import io.github.hanllama.core.plan.PlannedPart;
import io.github.hanllama.core.plan.PlannedPart.Role;
import io.github.hanllama.core.source.Delivery;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Opens the headers of a base and its adapters, puts them together as far as they fit, and notes all that it meets. What
 * cannot be reached or read at all is thrown; what can be read and is wrong is noted.
 */
final class FitCheck implements AutoCloseable {
    private final List<PlannedPart> parts = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();
    private final List<HeaderFiles> headers = new ArrayList<>();
    private final Deque<Runnable> opened = new ArrayDeque<>();
    private Optional<LlamaException> refusal = Optional.empty();
    private Optional<Checkpoint> merged = Optional.empty();

    /** The base, from where the builder has it. */
    void base(ModelSource source, Function<ModelFiles, Checkpoint> reader) {
        part(Role.BASE, source, files -> {
            Checkpoint checkpoint = keep(reader.apply(files), Checkpoint::close);
            merged = Optional.of(checkpoint);
            return Checkpoints.format(files).label() + ", " + describe(checkpoint);
        });
    }

    /** A base that somebody opens. */
    void base(Supplier<Checkpoint> opener) {
        Checkpoint checkpoint = keep(opener.get(), Checkpoint::close);
        merged = Optional.of(checkpoint);
        parts.add(new PlannedPart(Role.BASE, checkpoint.origin(), describe(checkpoint), Optional.empty()));
    }

    /** The next adapter; one that does not fit is left out below the ones that follow. */
    void adapter(Supplier<Adapter> named) {
        Optional<Adapter> adapter = noting(named);
        adapter.ifPresent(found -> part(Role.ADAPTER, found.source(), files -> {
            AdapterWeights weights = keep(found.open(files), AdapterWeights::close);
            merged.ifPresent(below -> merge(below, weights));
            return describe(weights);
        }));
    }

    private void merge(Checkpoint below, AdapterWeights weights) {
        List<Misfit> misfits = weights.misfits(below);
        for (Misfit misfit : misfits) {
            if (misfit.certain()) {
                refuse(new AdapterMismatchException(misfit.message()));
            } else {
                findings.add(Finding.warning(misfit.message()));
            }
        }
        if (misfits.stream().noneMatch(Misfit::certain)) {
            merged = Optional.of(weights.mergeInto(below));
        }
    }

    private void part(Role role, ModelSource source, Function<ModelFiles, String> opener) {
        Optional<FileRanges> remote = noting(source::headers);
        Optional<Delivery> delivery = remote.flatMap(FileRanges::delivery);
        String description = remote.flatMap(files -> noting(() -> files(files)))
                .flatMap(files -> opened(source, files, opener))
                .orElse("not readable");
        String origin = remote.map(FileRanges::origin).orElseGet(source::describe);
        parts.add(new PlannedPart(role, origin, description, delivery));
    }

    private ModelFiles files(FileRanges remote) {
        if (remote instanceof ModelFiles here) {
            return keep(here, ModelFiles::close);
        }
        HeaderFiles files = keep(HeaderFiles.of(remote), ModelFiles::close);
        headers.add(files);
        return files;
    }

    private Optional<String> opened(ModelSource source, ModelFiles files, Function<ModelFiles, String> opener) {
        Optional<String> obstacle = files instanceof HeaderFiles remote ? remote.obstacle() : Optional.empty();
        obstacle.ifPresent(reason -> findings.add(Finding.warning(
                source.describe() + ": whether it fits and what memory it takes is seen when it is here: " + reason)));
        return obstacle.isPresent() ? Optional.of("sizes of files only") : noting(() -> opener.apply(files));
    }

    /** What is wrong with a file that can be read is a finding. */
    private <T> Optional<T> noting(Supplier<T> step) {
        try {
            return Optional.of(step.get());
        } catch (ModelFormatException | UnsupportedModelException | AdapterMismatchException e) {
            refuse(e);
            return Optional.empty();
        }
    }

    /** The load would fail with this. */
    void refuse(LlamaException reason) {
        String message = String.valueOf(reason.getMessage());
        for (HeaderFiles files : headers) {
            message = files.inWords(message);
        }
        findings.add(Finding.refusal(message));
        refusal = refusal.or(() -> Optional.of(reason));
    }

    void warn(String message) {
        findings.add(Finding.warning(message));
    }

    private <T> T keep(T resource, Consumer<T> close) {
        opened.push(() -> close.accept(resource));
        return resource;
    }

    private static String describe(Checkpoint checkpoint) {
        LlamaConfig config = checkpoint.config();
        long bytes = checkpoint.tensors().stream().mapToLong(TensorInfo::bytes).sum();
        return "%d layers of width %d, vocabulary %d, context %d, %s"
                .formatted(
                        config.numHiddenLayers(),
                        config.hiddenSize(),
                        config.vocabSize(),
                        config.maxPositionEmbeddings(),
                        ByteCount.describe(bytes));
    }

    private static String describe(AdapterWeights weights) {
        StringBuilder text = new StringBuilder(weights.info().kind());
        weights.info().facts().forEach((fact, value) -> {
            if (!value.isEmpty()) {
                text.append(", ").append(fact).append(' ').append(value.replace(", ", " "));
            }
        });
        weights.info().vocabularySize().ifPresent(rows -> text.append(", vocabulary ")
                .append(rows));
        return text.toString();
    }

    List<PlannedPart> parts() {
        return parts;
    }

    List<Finding> findings() {
        return findings;
    }

    /** The first reason why loading would fail. */
    Optional<LlamaException> refusal() {
        return refusal;
    }

    /** The base with all that fits. */
    Optional<Checkpoint> merged() {
        return merged;
    }

    @Override
    public void close() {
        opened.forEach(Runnable::run);
        opened.clear();
    }
}
