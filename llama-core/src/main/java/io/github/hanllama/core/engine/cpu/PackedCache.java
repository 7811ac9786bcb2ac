package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.support.WeightReader;
import io.github.hanllama.quant.PackedMatrix;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A folder of {@link PackedFile}s, one for each model and choice of types. A file that does not fit is written anew; one
 * that cannot be written is reported, and loading goes on without.
 */
final class PackedCache {
    private static final System.Logger LOG = System.getLogger("io.github.hanllama.core.engine");
    private static final int LONGEST_NAME = 80;

    private final Checkpoint checkpoint;
    private final WeightPlan plan;
    private final WeightReader reader;
    private final EngineOptions options;
    private final Path path;
    private final String identity;

    private PackedCache(
            Checkpoint checkpoint, WeightPlan plan, WeightReader reader, EngineOptions options, String identity) {
        this.checkpoint = checkpoint;
        this.plan = plan;
        this.reader = reader;
        this.options = options;
        this.path = options.packedCache().orElseThrow().resolve(name(checkpoint, plan));
        this.identity = identity;
    }

    /** When a folder is named in the options and the weights can be told from others. */
    static Optional<PackedCache> of(
            Checkpoint checkpoint, WeightPlan plan, WeightReader reader, EngineOptions options) {
        if (options.packedCache().isEmpty()) {
            return Optional.empty();
        }
        Optional<String> identity = checkpoint.fileIdentity();
        if (identity.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "{0}: its packed weights are not kept: it is not made of files that stay",
                    checkpoint.origin());
        }
        return identity.map(known -> new PackedCache(checkpoint, plan, reader, options, known));
    }

    /** The same for a model whenever its weights are packed in the same types, so that a file that is out of date goes. */
    private static String name(Checkpoint checkpoint, WeightPlan plan) {
        MessageDigest digest = sha256();
        checkpoint
                .weightFiles()
                .forEach(file -> put(digest, file.toAbsolutePath().normalize()));
        plan.matrices().forEach(matrix -> put(digest, matrix.type()));
        String hash = HexFormat.of().formatHex(digest.digest(), 0, 8);
        String file =
                checkpoint.weightFiles().getFirst().getFileName().toString().replaceAll("[^A-Za-z0-9._-]", "_");
        return file.substring(0, Math.min(file.length(), LONGEST_NAME)) + "-" + hash + ".packed";
    }

    private static void put(MessageDigest digest, Object part) {
        digest.update((part + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }

    /** Maps what is kept, or packs, keeps that and maps it; only where it cannot be kept the packed weights themselves. */
    PackedWeights load(Function<Arena, Map<String, PackedMatrix>> packer) {
        PackedFile file = new PackedFile(plan, identity);
        Optional<PackedWeights> kept = map(file);
        if (kept.isPresent()) {
            plan.matrices()
                    .forEach(matrix -> reader.progress(
                            matrix.name(), matrix.tensor().info().bytes()));
            return kept.get();
        }
        PackedWeights packed = PackedWeights.in(Arena.ofShared(), packer);
        try {
            Optional<PackedWeights> mapped = write(file, packed) ? map(file) : Optional.empty();
            if (mapped.isPresent()) {
                packed.close();
            }
            return mapped.orElse(packed);
        } catch (RuntimeException | Error e) {
            packed.close();
            throw e;
        }
    }

    private Optional<PackedWeights> map(PackedFile file) {
        Arena arena = Arena.ofShared();
        try {
            PackedWeights weights = new PackedWeights(file.map(path, arena), arena);
            LOG.log(Level.INFO, "{0}: packed weights mapped from {1}", checkpoint.origin(), path);
            return Optional.of(weights);
        } catch (PackedFile.UnusableException e) {
            arena.close();
            LOG.log(Level.INFO, "{0}: {1}; packing the weights", path, e.getMessage());
            return Optional.empty();
        }
    }

    private boolean write(PackedFile file, PackedWeights packed) {
        try {
            boolean written = new PackedFileWriter(file, path, options).write(packed.matrices(), this::isUnchanged);
            if (!written) {
                LOG.log(
                        Level.WARNING,
                        "{0}: changed while it was read; its packed weights are not kept",
                        checkpoint.origin());
            }
            return written;
        } catch (IOException e) {
            LOG.log(Level.WARNING, "{0}: packed weights cannot be kept: {1}", path, e);
            return false;
        }
    }

    private boolean isUnchanged() {
        return checkpoint.fileIdentity().equals(Optional.of(identity));
    }
}
