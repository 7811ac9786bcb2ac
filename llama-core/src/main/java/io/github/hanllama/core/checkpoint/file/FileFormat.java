package io.github.hanllama.core.checkpoint.file;

import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.FileRanges;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What a file is by its first bytes, whatever its name says. */
public enum FileFormat {
    SAFETENSORS("a safetensors file"),
    GGUF("a GGUF file"),
    GGML("a ggml file, of a format before GGUF"),
    TORCH_ZIP("a PyTorch checkpoint (zip)"),
    TORCH_PICKLE("a PyTorch checkpoint (pickle)"),
    LFS_POINTER("a Git LFS pointer, not the file itself"),
    HTML("an HTML page, not weights"),
    UNKNOWN("of no known format");

    private static final int HEAD_BYTES = 64;
    private static final int PICKLE_PROTOCOL = 0x80;
    private static final String ZIP_MAGIC = "PK\u0003\u0004";
    private static final String LFS_MAGIC = "version https://git-lfs";

    private final String words;

    FileFormat(String words) {
        this.words = words;
    }

    /** For messages, after "is". */
    public String words() {
        return words;
    }

    /** Why a file that should be something else cannot be used. */
    public LlamaException refusal(FileRanges files, String name, String expected) {
        String message = files.origin() + ": " + name + ": is " + words + ", expected " + expected;
        return switch (this) {
            case SAFETENSORS -> new UnsupportedModelException(message + "; name it .safetensors");
            case GGUF -> new UnsupportedModelException(message + "; name it .gguf");
            case TORCH_ZIP, TORCH_PICKLE, GGML -> new UnsupportedModelException(message + "; name it .bin");
            case LFS_POINTER -> new ModelFormatException(message + "; fetch it with git lfs pull");
            case HTML -> new ModelFormatException(message + "; the download was refused or redirected, try again");
            case UNKNOWN -> new ModelFormatException(message);
        };
    }

    public static FileFormat of(FileRanges files, String name) {
        int length = (int) Math.min(HEAD_BYTES, files.size(name));
        return of(new String(files.read(name, 0, length), StandardCharsets.ISO_8859_1));
    }

    private static FileFormat of(String head) {
        if (head.startsWith("GGUF") || head.startsWith("FUGG")) {
            return GGUF;
        }
        if (head.startsWith("lmgg") || head.startsWith("fmgg") || head.startsWith("tjgg")) {
            return GGML;
        }
        if (head.startsWith(ZIP_MAGIC)) {
            return TORCH_ZIP;
        }
        if (head.startsWith(LFS_MAGIC)) {
            return LFS_POINTER;
        }
        String text = head.stripLeading().toLowerCase(Locale.ROOT);
        if (text.startsWith("<!doctype") || text.startsWith("<html") || text.startsWith("<?xml")) {
            return HTML;
        }
        if (head.length() > 8 && head.charAt(8) == '{') {
            return SAFETENSORS;
        }
        boolean pickle = head.length() > 1 && head.charAt(0) == PICKLE_PROTOCOL && head.charAt(1) <= 5;
        return pickle ? TORCH_PICKLE : UNKNOWN;
    }
}
