package io.github.hanllama.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.meta.MetaModels;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerificationTest {
    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void writeModel() {
        model = folder.resolve("model");
        try (Checkpoint base = TestModels.open(TestModels.BIN)) {
            CheckpointWriter.bin().write(base, model, WriteOptions.DEFAULT.maxShardBytes(200_000));
        }
    }

    @Test
    void untouched() {
        List<Progress> seen = new ArrayList<>();
        Verification verification = Verification.of(model, seen::add, new Cancellation());
        assertThat(verification.passed()).isTrue();
        assertThat(verification.files()).isEqualTo(TestModels.sorted(model).size() - 1);
        assertThat(verification.list()).isEqualTo(model.resolve("hanllama-merge.json"));
        assertThat(seen).anySatisfy(progress -> assertThat(progress.done()).isEqualTo(progress.total()));
    }

    /** Any byte of any file, in headers and padding, too. */
    @Test
    void oneFlippedByte() throws IOException {
        for (Path file : TestModels.sorted(model)) {
            byte[] sound = Files.readAllBytes(file);
            for (int i = 0; i < 7; i++) {
                byte[] broken = sound.clone();
                broken[i * (sound.length - 1) / 6] ^= 1;
                Files.write(file, broken);
                assertThat(problem())
                        .as("%s %d", file, i)
                        .contains(file.getFileName().toString());
            }
            Files.write(file, sound);
        }
        assertThat(verify().passed()).isTrue();
    }

    @Test
    void changedTensor_isNamed() throws IOException {
        Path shard = model.resolve("pytorch_model-00001-of-00002.bin");
        byte[] bytes = Files.readAllBytes(shard);
        String last;
        try (TorchFile file = TorchFile.open(shard)) {
            last = file.tensors().getLast().name();
            byte[] data = file.tensor(last).raw().orElseThrow().toArray(ValueLayout.JAVA_BYTE);
            int at = Collections.indexOfSubList(asList(bytes), asList(data));
            bytes[at + 5] ^= 4;
        }
        Files.write(shard, bytes);
        assertThat(verify().differences())
                .hasSize(2)
                .last()
                .isEqualTo("pytorch_model-00001-of-00002.bin: first " + last + " differs");
    }

    private static List<Byte> asList(byte[] bytes) {
        List<Byte> list = new ArrayList<>();
        for (byte each : bytes) {
            list.add(each);
        }
        return list;
    }

    /** A damaged list cannot say more than that. */
    private String problem() {
        try {
            return String.join("\n", verify().differences());
        } catch (ModelFormatException e) {
            return e.getMessage();
        }
    }

    @Test
    void missingExtraAndShorterFiles_areAllNamed() throws IOException {
        Files.delete(model.resolve("config.json"));
        Files.writeString(model.resolve("extra.txt"), "x");
        Files.writeString(model.resolve("tokenizer.model"), "short");
        assertThat(verify().differences())
                .containsExactly(
                        "config.json: missing",
                        "tokenizer.model: changed: expected 7618 bytes, found 5",
                        "extra.txt: not in hanllama-merge.json");
        assertThat(verify().passed()).isFalse();
    }

    @Test
    void manifestThatNamesFilesOutside() {
        TestModels.edit(model.resolve("hanllama-merge.json"), json -> json.replace("\"config.json\"", "\"../x\""));
        assertThatThrownBy(this::verify)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected the name of a file in the folder, found ../x");
    }

    @Test
    void manifestThatNamesNoFile() {
        TestModels.edit(model.resolve("hanllama-merge.json"), json -> json.replace("\"config.json\"", "\"\\ud800\""));
        assertThatThrownBy(this::verify)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected the name of a file in the folder, found");
    }

    @Test
    void checklistOfMeta() throws IOException {
        Path meta = MetaModels.base().write(Files.createDirectory(folder.resolve("meta")), 1);
        assertThatThrownBy(() -> Verification.of(meta, ProgressListener.NONE, new Cancellation()))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("nothing to verify by, expected hanllama-merge.json or checklist.chk");
        String md5 = FileHash.md5(meta.resolve("params.json"), bytes -> {}).hex();
        Files.writeString(meta.resolve("checklist.chk"), md5 + "  params.json\n" + md5 + "  consolidated.00.pth\n");
        Verification verification = Verification.of(meta, ProgressListener.NONE, new Cancellation());
        assertThat(verification.files()).isEqualTo(2);
        assertThat(verification.differences())
                .singleElement()
                .asString()
                .startsWith("consolidated.00.pth: changed: expected MD5 " + md5);
    }

    private static Verification verify(Path path) {
        return Verification.of(path, ProgressListener.NONE, new Cancellation());
    }

    @Test
    void oneWeightFile_isReadAlone() throws IOException {
        Path shard = model.resolve("pytorch_model-00001-of-00002.bin");
        Files.delete(model.resolve("tokenizer.model"));
        assertThat(verify(shard)).isEqualTo(new Verification(model.resolve("hanllama-merge.json"), 1, List.of()));

        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length / 2] ^= 1;
        Files.write(shard, bytes);
        assertThat(verify(shard).differences())
                .singleElement()
                .asString()
                .startsWith(shard.getFileName() + ": changed: expected SHA-256");
        assertThat(verify(model.resolve("hanllama-merge.json")).differences()).hasSizeGreaterThan(1);
    }

    @Test
    void oneFileOfMeta() throws IOException {
        Path meta = MetaModels.base().write(Files.createDirectory(folder.resolve("meta")), 1);
        Path params = meta.resolve("params.json");
        String hash = FileHash.sha256(params, bytes -> {}).hex();
        assertThatThrownBy(() -> verify(params))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("found SHA-256 " + hash);
        Path list = Files.writeString(
                meta.resolve("checklist.chk"), FileHash.md5(params, bytes -> {}).hex() + "  params.json\n");

        assertThat(verify(params).passed()).isTrue();
        assertThat(verify(list).files()).isEqualTo(1);
        assertThatThrownBy(() -> verify(meta.resolve("consolidated.00.pth")))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("names only [params.json]");
    }

    @Test
    void cancelled() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        assertThatThrownBy(() -> Verification.of(model, ProgressListener.NONE, cancellation))
                .isInstanceOf(CancellationException.class);
    }

    private Verification verify() {
        return Verification.of(model, ProgressListener.NONE, new Cancellation());
    }
}
