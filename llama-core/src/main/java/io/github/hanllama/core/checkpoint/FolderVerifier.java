package io.github.hanllama.core.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.file.FolderFiles;
import io.github.hanllama.core.checkpoint.file.WeightKind;
import io.github.hanllama.core.checkpoint.identity.ContentDigest;
import io.github.hanllama.core.checkpoint.meta.Checklist;
import io.github.hanllama.core.checkpoint.write.MergeManifest;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.FileNames;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.LongConsumer;

/** Compares the files of a folder with a list of hashes, one after the other. */
final class FolderVerifier {
    private static final int MAX_MANIFEST_BYTES = 256 << 20;

    private final Path list;
    private final Path folder;
    private final ProgressListener listener;
    private final Cancellation cancellation;
    private final List<String> differences = new ArrayList<>();

    private FolderVerifier(Path list, ProgressListener listener, Cancellation cancellation) {
        this.list = list;
        this.folder = Objects.requireNonNull(list.toAbsolutePath().getParent()); // a file is in a folder
        this.listener = listener;
        this.cancellation = cancellation;
    }

    static Verification byManifest(Path manifest, ProgressListener listener, Cancellation cancellation) {
        FolderVerifier verifier = new FolderVerifier(manifest, listener, cancellation);
        ObjectNode json = verifier.manifest();
        SequencedMap<String, FileHash> expected = verifier.files(json);
        expected.forEach((name, hash) -> {
            if (!verifier.compare(name, hash.size(), hash.hex(), Algorithm.SHA_256)) {
                verifier.findTensor(name, json);
            }
        });
        verifier.findOthers(expected);
        return new Verification(manifest, expected.size(), verifier.differences);
    }

    /** Only one of the files. */
    static Verification byManifest(Path manifest, Path file, ProgressListener listener, Cancellation cancellation) {
        FolderVerifier verifier = new FolderVerifier(manifest, listener, cancellation);
        FileHash expected = verifier.find(verifier.files(verifier.manifest()), file);
        verifier.compare(file.getFileName().toString(), expected.size(), expected.hex(), Algorithm.SHA_256);
        return new Verification(manifest, 1, verifier.differences);
    }

    /** Only one of the files. */
    static Verification byChecklist(Path checklist, Path file, ProgressListener listener, Cancellation cancellation) {
        FolderVerifier verifier = new FolderVerifier(checklist, listener, cancellation);
        String md5 = verifier.find(Checklist.parse(checklist.toString(), verifier.read()), file);
        verifier.compare(file.getFileName().toString(), FileHash.UNKNOWN_SIZE, md5, Algorithm.MD5);
        return new Verification(checklist, 1, verifier.differences);
    }

    private <T> T find(Map<String, T> expected, Path file) {
        T hash = expected.get(file.getFileName().toString());
        if (hash == null) {
            throw new ModelNotFoundException(
                    file + ": nothing to verify by, " + list + " names only " + expected.keySet());
        }
        return hash;
    }

    static Verification byChecklist(Path checklist, ProgressListener listener, Cancellation cancellation) {
        FolderVerifier verifier = new FolderVerifier(checklist, listener, cancellation);
        SequencedMap<String, String> expected = Checklist.parse(checklist.toString(), verifier.read());
        expected.forEach((name, md5) -> verifier.compare(name, FileHash.UNKNOWN_SIZE, md5, Algorithm.MD5));
        return new Verification(checklist, expected.size(), verifier.differences);
    }

    private byte[] read() {
        try {
            if (Files.size(list) > MAX_MANIFEST_BYTES) {
                throw new ModelFormatException(list + ": expected at most " + MAX_MANIFEST_BYTES + " bytes");
            }
            return Files.readAllBytes(list);
        } catch (IOException e) {
            throw new ModelNotFoundException(list + ": cannot be read: " + e, e);
        }
    }

    private ObjectNode manifest() {
        byte[] bytes = read();
        ObjectNode json = StrictJson.object(bytes, list.toString());
        if (!MergeManifest.sealed(json).equals(new String(bytes, StandardCharsets.UTF_8))) {
            differences.add(MergeManifest.NAME + ": changed: " + MergeManifest.SELF + " is not its own hash");
        }
        return json;
    }

    private SequencedMap<String, FileHash> files(ObjectNode json) {
        if (!json.has(MergeManifest.FILES)) {
            throw new ModelFormatException(list + ": expected the hashes of the written files, found none; write the"
                    + " model again to have it verified");
        }
        SequencedMap<String, FileHash> files = new LinkedHashMap<>();
        for (JsonNode file : json.get(MergeManifest.FILES)) {
            String name = file.path("file").asText();
            if (!FileNames.isSafe(name)) {
                throw new ModelFormatException(
                        list + ": expected the name of a file in the folder, found " + StrictJson.printable(name));
            }
            files.put(
                    name,
                    new FileHash(file.path("size").asLong(), file.path("sha256").asText()));
        }
        return files;
    }

    /** Whether the file has this hash; when it has another size, or is not there, nothing more can be said. */
    private boolean compare(String name, long size, String expected, Algorithm algorithm) {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            differences.add(name + ": missing");
            return true;
        }
        long foundSize = FileHash.size(file);
        if (size != FileHash.UNKNOWN_SIZE && foundSize != size) {
            differences.add(name + ": changed: expected " + size + " bytes, found " + foundSize);
            return true;
        }
        FileHash found = algorithm.hash(file, new Meter(name, foundSize));
        if (!found.hex().equals(expected)) {
            differences.add(name + ": changed: expected " + algorithm.words + " " + StrictJson.printable(expected)
                    + ", found " + found.hex());
            return false;
        }
        return true;
    }

    /** Names the first tensor of a changed file that is not what was written. */
    private void findTensor(String name, ObjectNode json) {
        List<JsonNode> written = json.path(MergeManifest.TENSORS)
                .valueStream()
                .filter(tensor -> tensor.path("file").asText().equals(name))
                .toList();
        if (written.isEmpty()) {
            return;
        }
        Path path = folder.resolve(name);
        try (WeightFile file =
                WeightKind.of(name) == WeightKind.SAFETENSORS ? SafetensorsFile.open(path) : TorchFile.open(path)) {
            written.stream()
                    .filter(tensor -> !isSame(tensor, file))
                    .findFirst()
                    .ifPresent(tensor -> differences.add(name + ": first "
                            + StrictJson.printable(tensor.path("name").asText()) + " differs"));
        } catch (LlamaException e) {
            differences.add(name + ": can no longer be opened: " + e.getMessage());
        }
    }

    private boolean isSame(JsonNode written, WeightFile file) {
        cancellation.throwIfCancelled();
        String name = written.path("name").asText();
        return file.contains(name)
                && ContentDigest.of(file.tensor(name))
                        .equals(written.path("sha256").asText());
    }

    private void findOthers(Map<String, FileHash> expected) {
        for (Path file : FolderFiles.list(folder)) {
            String name = file.getFileName().toString();
            if (!expected.containsKey(name) && !name.equals(MergeManifest.NAME)) {
                differences.add(name + ": not in " + MergeManifest.NAME);
            }
        }
    }

    private enum Algorithm {
        SHA_256("SHA-256"),
        MD5("MD5");

        private final String words;

        Algorithm(String words) {
            this.words = words;
        }

        FileHash hash(Path file, LongConsumer progress) {
            return this == MD5 ? FileHash.md5(file, progress) : FileHash.sha256(file, progress);
        }
    }

    /** Tells how far one file is, and stops when asked to. */
    private final class Meter implements LongConsumer {
        private final String name;
        private final long total;
        private long done;

        private Meter(String name, long total) {
            this.name = name;
            this.total = total;
        }

        @Override
        public void accept(long bytes) {
            cancellation.throwIfCancelled();
            done += bytes;
            listener.onProgress(new Progress(Progress.Stage.VERIFY, name, done, total));
        }
    }
}
