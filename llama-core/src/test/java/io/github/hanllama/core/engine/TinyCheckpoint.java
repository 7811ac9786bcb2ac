package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The fixtures' safetensors and configuration, nothing checked. */
final class TinyCheckpoint implements Checkpoint {
    private final Path folder;
    private final LlamaConfig config;
    private final List<SafetensorsFile> files;

    TinyCheckpoint(Path folder) {
        this.folder = folder;
        this.config = HfConfig.read(bytes(folder.resolve("config.json")), folder.toString(), warning -> {});
        this.files = weightFiles(folder).stream().map(SafetensorsFile::open).toList();
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> weightFiles(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String origin() {
        return folder.toString();
    }

    @Override
    public LlamaConfig config() {
        return config;
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return Optional.empty();
    }

    @Override
    public List<TensorInfo> tensors() {
        return files.stream().flatMap(file -> file.tensors().stream()).toList();
    }

    @Override
    public boolean contains(String name) {
        return files.stream().anyMatch(file -> file.contains(name));
    }

    @Override
    public Tensor tensor(String name) {
        return files.stream()
                .filter(file -> file.contains(name))
                .findFirst()
                .orElseThrow()
                .tensor(name);
    }

    @Override
    public List<Path> weightFiles() {
        return files.stream().map(SafetensorsFile::path).toList();
    }

    @Override
    public List<Path> companionFiles() {
        return List.of();
    }

    @Override
    public String identity() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : weightFiles()) {
                digest.update(bytes(file));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }
}
