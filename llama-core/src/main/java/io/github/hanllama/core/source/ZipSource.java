package io.github.hanllama.core.source;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The files of a model or adapter in one folder of a zip archive, as the first ones were published. Resolving unpacks
 * them into a private temporary folder, nowhere else, which closing the files removes.
 *
 * <pre>{@code
 * ModelSource source = ModelSources.zip(Path.of("chinese-alpaca-lora-7b.zip")).sha256("0d9b6ed8...");
 * }</pre>
 *
 * @param expectedSha256 of the archive, 64 hex digits; another archive is refused before it is unpacked
 */
public record ZipSource(Path archive, Optional<String> expectedSha256) implements ModelSource {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final int BUFFER_BYTES = 1 << 18;

    public ZipSource {
        expectedSha256 = expectedSha256.map(hex -> hex.toLowerCase(Locale.ROOT));
        expectedSha256.ifPresent(hex -> {
            if (!SHA256.matcher(hex).matches()) {
                throw new IllegalArgumentException("sha256 must have 64 hex digits, was " + hex);
            }
        });
    }

    /** Only an archive with this hash. */
    public ZipSource sha256(String hex) {
        return new ZipSource(archive, Optional.of(hex));
    }

    @Override
    public String describe() {
        return archive.toString();
    }

    /** The hash is not checked: reading all of the archive is a matter of resolving it. */
    @Override
    public FileRanges headers() {
        return new ZipRanges(archive);
    }

    @Override
    public ModelFiles resolve(ProgressListener listener, Cancellation cancellation) {
        if (expectedSha256.isPresent()) {
            requireHash(expectedSha256.get(), listener, cancellation);
        }
        return new ZipUnpacker(archive, listener, cancellation).unpack();
    }

    private void requireHash(String expected, ProgressListener listener, Cancellation cancellation) {
        String found = hash(listener, cancellation);
        if (!found.equals(expected)) {
            throw new ModelFormatException(archive + ": expected SHA-256 " + expected + ", found " + found
                    + "; is it another version, or was the download cut short?");
        }
    }

    private String hash(ProgressListener listener, Cancellation cancellation) {
        try (InputStream stream = Files.newInputStream(archive)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER_BYTES];
            long total = Files.size(archive);
            long done = 0;
            for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
                cancellation.throwIfCancelled();
                digest.update(buffer, 0, read);
                done += read;
                listener.onProgress(new Progress(Progress.Stage.VERIFY, archive.toString(), done, total));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new ModelNotFoundException(archive + ": cannot be read: " + e, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }
}
