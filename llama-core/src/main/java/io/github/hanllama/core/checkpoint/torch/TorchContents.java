package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Which tensors a PyTorch file holds and where they lie, checked in full. The data is not read. */
public final class TorchContents {
    private static final int HEAD_BYTES = 512;
    private static final int TAR_MAGIC_AT = 257;
    private static final String ZIP_MAGIC = "PK\u0003\u0004";
    private static final String PICKLE_MAGIC = "\u0080";
    private static final int MAX_PROTOCOL = 5;

    private TorchContents() {}

    /**
     * Reads what the file says about its tensors.
     *
     * @param file for messages
     * @param memory all of the file
     * @return in the order of the file
     * @throws ModelFormatException when it is damaged or hostile
     * @throws UnsupportedModelException when it holds something else than a table of dense tensors
     */
    public static List<TorchView> read(String file, MemorySegment memory) {
        String head = head(memory);
        if (head.startsWith(ZIP_MAGIC)) {
            return TorchArchive.read(file, memory, false);
        }
        if (head.startsWith(PICKLE_MAGIC) && head.length() > 1 && head.charAt(1) <= MAX_PROTOCOL) {
            return LegacyPickles.read(file, memory);
        }
        throw refusal(file, head);
    }

    /**
     * As {@link #read}, of a zip archive of which only the stretches that {@link TorchHeader} names were read, with zeros in
     * place of the rest. Names, shapes and types are right, offsets are not.
     */
    public static List<TorchView> outline(String file, MemorySegment memory) {
        return TorchArchive.read(file, memory, true);
    }

    private static String head(MemorySegment memory) {
        byte[] bytes =
                memory.asSlice(0, Math.min(HEAD_BYTES, memory.byteSize())).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    static List<TorchView> views(String file, PickleValue root, TorchStorages storages) {
        return StateDict.of(file, root).entrySet().stream()
                .map(entry -> TorchView.of(file, entry.getKey(), entry.getValue(), storages))
                .toList();
    }

    private static LlamaException refusal(String file, String head) {
        String text = head.stripLeading().toLowerCase(Locale.ROOT);
        if (head.isEmpty()) {
            return malformed(file, "an empty file; is the download complete?");
        }
        if (head.startsWith("version https://git-lfs")) {
            return malformed(file, "a Git LFS pointer, not the file itself; fetch it with git lfs pull");
        }
        if (text.startsWith("<!doctype") || text.startsWith("<html") || text.startsWith("<?xml")) {
            return malformed(file, "an HTML page; the download was refused or redirected, try again");
        }
        if (head.startsWith("ustar", TAR_MAGIC_AT)) {
            return new UnsupportedModelException(file + ": expected a PyTorch file (zip or pickle), found a tar archive"
                    + ", which PyTorch wrote before 0.1.10 and which is not unpacked; load and save it with PyTorch");
        }
        return malformed(file, "a file of another format");
    }

    private static ModelFormatException malformed(String file, String found) {
        return new ModelFormatException(file + ": expected a PyTorch file (zip or pickle), found " + found);
    }
}
