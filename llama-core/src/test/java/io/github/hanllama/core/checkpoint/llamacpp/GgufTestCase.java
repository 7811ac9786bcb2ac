package io.github.hanllama.core.checkpoint.llamacpp;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.gguf.GgufBytes;
import io.github.hanllama.core.error.LlamaException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A file of GGUF in a folder of its own, and what becomes of it. */
abstract class GgufTestCase {
    @TempDir
    Path folder;

    final void refused(GgufBytes file, Class<? extends LlamaException> kind, String message) {
        refused(file.write(folder), kind, message);
    }

    static void refused(Path file, Class<? extends LlamaException> kind, String message) {
        assertThatThrownBy(() -> TestModels.open(file).close())
                .isInstanceOf(kind)
                .hasMessageStartingWith(String.valueOf(file.getParent()))
                .hasMessageContaining(message);
    }
}
