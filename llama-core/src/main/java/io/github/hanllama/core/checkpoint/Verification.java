package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.gguf.GgufContents;
import io.github.hanllama.core.checkpoint.meta.Checklist;
import io.github.hanllama.core.checkpoint.write.MergeManifest;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.core.files.FileMeter;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whether a folder still holds what its list of hashes says, every byte of it: {@code hanllama-merge.json} of a model
 * written here, Meta's {@code checklist.chk}, or the head of a GGUF file written here.
 *
 * <pre>{@code
 * Verification verification = Verification.of(Path.of("chinese-alpaca-2-7b"), ProgressListener.NONE, new Cancellation());
 * verification.differences().forEach(System.out::println);
 * }</pre>
 *
 * @param list the file with the hashes
 * @param files how many files it names
 * @param differences one line each: a file that changed, is missing or, beside a manifest, is not named in it
 */
public record Verification(Path list, int files, List<String> differences) {
    public Verification {
        differences = List.copyOf(differences);
    }

    /** Whether nothing differs. */
    public boolean passed() {
        return differences.isEmpty();
    }

    /**
     * Hashes every file; of a weight file only that.
     *
     * @param folder or a list of hashes, a GGUF file, or a file that a list beside it names
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when there is no such folder or file, or no hashes in it
     * @throws io.github.hanllama.core.error.ModelFormatException when the list itself is damaged
     * @throws java.util.concurrent.CancellationException when cancelled
     */
    public static Verification of(Path folder, ProgressListener listener, Cancellation cancellation) {
        return Files.isRegularFile(folder)
                ? ofFile(folder.toAbsolutePath().normalize(), listener, cancellation)
                : ofFolder(folder, listener, cancellation);
    }

    private static Verification ofFile(Path file, ProgressListener listener, Cancellation cancellation) {
        if (file.endsWith(MergeManifest.NAME)) {
            return FolderVerifier.byManifest(file, listener, cancellation);
        }
        if (file.endsWith(Checklist.NAME)) {
            return FolderVerifier.byChecklist(file, listener, cancellation);
        }
        if (file.toString().endsWith(GgufContents.SUFFIX)) {
            return GgufVerifier.verify(file, listener, cancellation);
        }
        Path manifest = file.resolveSibling(MergeManifest.NAME);
        Path checklist = file.resolveSibling(Checklist.NAME);
        if (Files.isRegularFile(manifest)) {
            return FolderVerifier.byManifest(manifest, file, listener, cancellation);
        }
        if (Files.isRegularFile(checklist)) {
            return FolderVerifier.byChecklist(checklist, file, listener, cancellation);
        }
        throw new ModelNotFoundException(file + ": nothing to verify by, expected " + MergeManifest.NAME + " or "
                + Checklist.NAME + " beside it, found SHA-256 "
                + FileHash.sha256(file, new FileMeter(listener, cancellation).of("", FileHash.size(file)))
                        .hex()
                + "; compare that with what its authors published");
    }

    private static Verification ofFolder(Path folder, ProgressListener listener, Cancellation cancellation) {
        Path manifest = folder.resolve(MergeManifest.NAME);
        Path checklist = folder.resolve(Checklist.NAME);
        if (Files.isRegularFile(manifest)) {
            return FolderVerifier.byManifest(manifest, listener, cancellation);
        }
        if (Files.isRegularFile(checklist)) {
            return FolderVerifier.byChecklist(checklist, listener, cancellation);
        }
        throw new ModelNotFoundException(
                folder + ": nothing to verify by, expected " + MergeManifest.NAME + " or " + Checklist.NAME + " in it");
    }
}
