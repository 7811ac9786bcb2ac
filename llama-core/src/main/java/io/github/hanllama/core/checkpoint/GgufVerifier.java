package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.gguf.GgufSeal;
import io.github.hanllama.core.checkpoint.identity.ContentDigest;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/** Compares a GGUF file with the hashes that our writer put into its head. */
final class GgufVerifier {
    private GgufVerifier() {}

    static Verification verify(Path path, ProgressListener listener, Cancellation cancellation) {
        try (GgufFile file = GgufFile.open(path)) {
            List<String> expected = GgufSeal.tensors(file.metadata())
                    .orElseThrow(() -> new ModelNotFoundException(path
                            + ": nothing to verify by, expected a GGUF file with hashes, as those written here have"));
            if (expected.size() != file.tensors().size()) {
                throw new ModelFormatException(path + ": expected "
                        + file.tensors().size() + " hashes, one for each tensor, found " + expected.size());
            }
            List<String> differences = new ArrayList<>();
            if (!GgufSeal.isIntact(file.metadata(), file.head())) {
                differences.add(path.getFileName() + ": changed: its head is not as it was written");
            }
            Meter meter = new Meter(file, listener, cancellation);
            for (int i = 0; i < expected.size(); i++) {
                TensorInfo info = file.tensors().get(i);
                if (!meter.sha256(file.tensor(info.name())).equals(expected.get(i))) {
                    differences.add(path.getFileName() + ": changed: " + info.name() + " differs");
                }
            }
            return new Verification(path, 1, differences);
        }
    }

    /** Hashes, tells how far, and stops when asked to. */
    private static final class Meter {
        private final ProgressListener listener;
        private final Cancellation cancellation;
        private final long total;
        private long done;

        Meter(GgufFile file, ProgressListener listener, Cancellation cancellation) {
            this.listener = listener;
            this.cancellation = cancellation;
            this.total = file.tensors().stream().mapToLong(TensorInfo::bytes).sum();
        }

        String sha256(Tensor tensor) {
            MessageDigest digest = ContentDigest.sha256();
            tensor.readStoredRows(0, tensor.info().rows(), (first, count, bytes) -> {
                cancellation.throwIfCancelled();
                digest.update(bytes.asByteBuffer());
                done += bytes.byteSize();
                listener.onProgress(
                        new Progress(Progress.Stage.VERIFY, tensor.info().name(), done, total));
            });
            return ContentDigest.hex(digest);
        }
    }
}
