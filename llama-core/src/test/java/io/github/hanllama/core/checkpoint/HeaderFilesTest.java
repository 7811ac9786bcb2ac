package io.github.hanllama.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.file.FolderFiles;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SortedSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Looks at models through holes, and sees what is to be seen on the whole. */
class HeaderFilesTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "synthetic/base/hf_bin_2shard",
                "synthetic/base/hf_safetensors_bf16_2shard",
                "synthetic/base/meta_1shard",
                "synthetic/base/meta_2shard",
                "hf/llama31_tied/base",
                "gguf/tiny-llama-q4_0.gguf"
            })
    void openedFromHeaders_looksTheSame(String model) {
        FileRanges whole = ModelSources.path(TestData.path(model)).headers();
        Counted counted = new Counted(whole);
        try (HeaderFiles headers = HeaderFiles.of(counted);
                Checkpoint outline = Checkpoints.open(headers, warning -> {});
                Checkpoint there = Checkpoints.open((ModelFiles) whole, warning -> {})) {
            assertThat(headers.obstacle()).isEmpty();
            assertThat(outline.headersOnly()).isTrue();
            assertThat(outline.tensors()).isEqualTo(there.tensors());
            assertThat(outline.config()).isEqualTo(there.config());
            assertThat(outline.tokenizer().isPresent())
                    .isEqualTo(there.tokenizer().isPresent());
        }
    }

    @Test
    void sameFile_isNotReadTwice() {
        Counted counted =
                new Counted(ModelSources.path(TestData.path("hf/mha/base")).headers());
        try (HeaderFiles headers = HeaderFiles.of(counted)) {
            long bytes = counted.bytes;
            Checkpoints.open(headers, warning -> {}).close();

            assertThat(counted.bytes - bytes).as("the configuration alone").isLessThan(2_000);
        }
    }

    @Test
    void closed_leavesNothing() {
        HeaderFiles headers =
                HeaderFiles.of(ModelSources.path(TestData.path("hf/mha/base")).headers());
        Path standIn = headers.path("model.safetensors");
        assertThat(standIn).hasSize(headers.size("model.safetensors"));
        assertThatThrownBy(() -> headers.path("nothing")).isInstanceOf(ModelNotFoundException.class);

        headers.close();
        headers.close();

        assertThat(standIn.getParent()).doesNotExist();
    }

    @Test
    void largeTokenizer_isNotThere() throws IOException {
        copy("hf/mha/base");
        Files.write(folder.resolve("tokenizer.json"), new byte[300_000]);
        try (HeaderFiles headers = HeaderFiles.of(ModelSources.path(folder).headers());
                Checkpoint outline = Checkpoints.open(headers, warning -> {})) {
            assertThat(headers.names()).doesNotContain("tokenizer.json");
            assertThat(outline.tokenizer()).isEmpty();
        }
    }

    @Test
    void tablesAllOverTheFile_areAnObstacle() throws IOException {
        copy("hf/mha/base");
        Files.delete(folder.resolve("model.safetensors"));
        Files.write(folder.resolve("pytorch_model.bin"), new byte[] {(byte) 0x80, 2, '}', 'q', 0, '.'});
        try (HeaderFiles headers = HeaderFiles.of(ModelSources.path(folder).headers())) {
            assertThat(headers.obstacle().orElseThrow())
                    .isEqualTo("pytorch_model.bin is of a format that has its table of contents all over the file");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, -1, 2 << 20})
    void headerOfAnySize_isNotRead(long length) throws IOException {
        copy("hf/mha/base");
        byte[] bytes = new byte[100_000];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put((byte) '{');
        Files.write(folder.resolve("model.safetensors"), bytes);
        Counted counted = new Counted(ModelSources.path(folder).headers());

        assertThatThrownBy(() -> {
                    try (HeaderFiles headers = HeaderFiles.of(counted)) {
                        Checkpoints.open(headers, warning -> {});
                    }
                })
                .isInstanceOf(ModelFormatException.class);
        assertThat(counted.bytes).isLessThan(40_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {22, 100, 5_000, 33_000, 100_000})
    void cutArchive_isRefused(int length) throws IOException {
        Path whole = TestData.path("synthetic/base/hf_bin_2shard");
        for (String name :
                new String[] {"config.json", "pytorch_model.bin.index.json", "pytorch_model-00002-of-00002.bin"}) {
            Files.copy(whole.resolve(name), folder.resolve(name));
        }
        byte[] bytes = Files.readAllBytes(whole.resolve("pytorch_model-00001-of-00002.bin"));
        Files.write(folder.resolve("pytorch_model-00001-of-00002.bin"), Arrays.copyOf(bytes, length));

        assertThatThrownBy(() -> {
                    try (HeaderFiles headers =
                            HeaderFiles.of(ModelSources.path(folder).headers())) {
                        Checkpoints.open(headers, warning -> {});
                    }
                })
                .isInstanceOf(LlamaException.class)
                .hasMessageContaining("pytorch_model-00001-of-00002.bin");
    }

    private void copy(String model) throws IOException {
        for (Path file : FolderFiles.list(TestData.path(model))) {
            Files.copy(file, folder.resolve(file.getFileName()));
        }
    }

    /** Counts what is read. */
    private static final class Counted implements FileRanges {
        private final FileRanges files;
        private long bytes;

        Counted(FileRanges files) {
            this.files = files;
        }

        @Override
        public String origin() {
            return files.origin();
        }

        @Override
        public SortedSet<String> names() {
            return files.names();
        }

        @Override
        public long size(String name) {
            return files.size(name);
        }

        @Override
        public byte[] read(String name, long offset, int length) {
            bytes += length;
            return files.read(name, offset, length);
        }
    }
}
