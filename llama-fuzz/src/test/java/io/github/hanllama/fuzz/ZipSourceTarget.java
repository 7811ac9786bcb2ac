package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.TestData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A zip archive of a model: read in place, and unpacked to a private folder that is gone afterwards. */
final class ZipSourceTarget implements FuzzTarget {
    private static final int MAX_READ = 1 << 16;

    private final Scratch scratch = Scratch.create();

    @Override
    public void run(byte[] input) {
        ModelSource source = ModelSources.zip(scratch.write("model.zip", input));
        FileRanges ranges = source.headers();
        Path root;
        try (ModelFiles files = source.resolve(ProgressListener.NONE, new Cancellation())) {
            assertThat(files.names()).isEqualTo(ranges.names());
            root = files.path(files.names().first()).getParent();
            for (String name : files.names()) {
                assertThat(files.path(name)).hasParentRaw(root);
                int length = (int) Math.min(MAX_READ, files.size(name));
                assertThat(files.size(name)).isEqualTo(ranges.size(name));
                assertThat(ranges.read(name, 0, length)).isEqualTo(files.read(name, 0, length));
            }
        } catch (LlamaException e) {
            readInPlace(ranges);
            throw e;
        }
        assertThat(root).doesNotExist();
    }

    /** Ranges need not notice what unpacking does, such as a wrong checksum; they too refuse or answer. */
    private static void readInPlace(FileRanges ranges) {
        for (String name : ranges.names()) {
            int length = (int) Math.min(MAX_READ, ranges.size(name));
            assertThat(ranges.read(name, 0, length)).hasSize(length);
        }
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.add("stored", zip(Deflater.NO_COMPRESSION, ""))
                .add("folder", zip(Deflater.BEST_COMPRESSION, "adapter/"))
                .tree("small", ".pt")
                .tree("hostile", "pt_ok_2x2.bin");
    }

    private static byte[] zip(int level, String folder) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setLevel(level);
            for (String name : new String[] {"adapter_config.json", "adapter_model.safetensors"}) {
                ZipEntry entry = new ZipEntry(folder + name);
                entry.setTime(0);
                zip.putNextEntry(entry);
                zip.write(Files.readAllBytes(TestData.path("peft_kinds/bias_lora_only/" + name)));
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
