package io.github.hanllama.core.checkpoint.llamacpp;

import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.llama;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.gguf.GgufBytes;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Row GG19 of the table of bad input: a model in several files. */
class GgufPartsTest extends GgufTestCase {
    /** The first part has the settings and one tensor, the second one the rest. */
    private Path split(int number, int count, int tensors) throws IOException {
        GgufBytes whole = llama().u32("split.no", 0).u32("split.count", 2).u32("split.tensors.count", tensors);
        GgufBytes rest =
                llama().u32("split.no", number).u32("split.count", count).u32("split.tensors.count", 12);
        for (String name : whole.tensorNames()) {
            (name.equals("token_embd.weight") ? rest : whole).remove(name);
        }
        Path first = folder.resolve("model-00001-of-00002.gguf");
        Files.write(first, whole.bytes());
        Files.write(folder.resolve("model-00002-of-00002.gguf"), rest.bytes());
        return first;
    }

    @Test
    void split_isReadWhole() throws IOException {
        for (Path path : List.of(split(1, 2, 12), folder)) {
            try (Checkpoint model = TestModels.open(path)) {
                assertThat(model.tensors()).hasSize(12);
                assertThat(model.weightFiles()).hasSize(2);
            }
        }
    }

    @Test
    void gg19_partsDisagree() throws IOException {
        refused(split(0, 2, 12), ModelFormatException.class, "00002-of-00002.gguf: split.no: expected 1, found 0");
        refused(split(1, 3, 12), ModelFormatException.class, "split.count: expected 2, found 3");
        refused(split(1, 2, 13), ModelFormatException.class, "split.tensors.count: expected 12, found 13");
    }

    @Test
    void gg19_partIsMissing() throws IOException {
        Path first = split(1, 2, 12);
        Files.delete(folder.resolve("model-00002-of-00002.gguf"));
        refused(first, ModelNotFoundException.class, "expected shards 1 to 2 of 2, found 1 files");
        Path alone = Files.move(first, folder.resolve("model.gguf"));
        refused(alone, ModelFormatException.class, "split.count: expected 1, found 2");
    }

    @Test
    void gg19_tensorInTwoParts() throws IOException {
        Path first = folder.resolve("model-00001-of-00002.gguf");
        GgufBytes part = llama().u32("split.count", 2).u32("split.tensors.count", 24);
        Files.write(first, part.u32("split.no", 0).bytes());
        Files.write(
                folder.resolve("model-00002-of-00002.gguf"),
                part.u32("split.no", 1).bytes());
        refused(first, ModelFormatException.class, "token_embd.weight: is in another part of the model, too");
    }
}
