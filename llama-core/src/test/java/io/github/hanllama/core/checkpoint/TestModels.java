package io.github.hanllama.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Opens models of the fixtures and broken copies of them. */
public final class TestModels {
    public static final String F32 = "synthetic/base/hf_safetensors_f32";
    public static final String SHARDED = "synthetic/base/hf_safetensors_bf16_2shard";
    public static final String BIN = "synthetic/base/hf_bin_2shard";
    public static final String META = "synthetic/base/meta_1shard";

    private TestModels() {}

    public static Checkpoint open(String fixture) {
        return open(TestData.path(fixture));
    }

    public static Checkpoint open(Path path) {
        return Checkpoints.open(files(path));
    }

    public static Checkpoint open(Path path, List<String> warnings) {
        return Checkpoints.open(files(path), warnings::add);
    }

    public static ModelFiles files(Path path) {
        return ModelSources.path(path).resolve(ProgressListener.NONE, new Cancellation());
    }

    /** The same tensors with the same values, of whatever types. */
    public static void assertSameValues(Checkpoint actual, Checkpoint expected) {
        assertThat(actual.tensors())
                .extracting(TensorInfo::name)
                .containsExactlyInAnyOrderElementsOf(
                        expected.tensors().stream().map(TensorInfo::name).toList());
        for (TensorInfo info : expected.tensors()) {
            Tensor tensor = actual.tensor(info.name());
            assertThat(tensor.info().shape()).isEqualTo(info.shape());
            assertThat(rows(tensor, 0, info.rows()))
                    .as(info.name())
                    .isEqualTo(rows(expected.tensor(info.name()), 0, info.rows()));
        }
    }

    /** The values of some rows, one after the other. */
    public static float[] rows(Tensor tensor, long from, long to) {
        float[] result = new float[(int) ((to - from) * tensor.info().rowLength())];
        int width = (int) tensor.info().rowLength();
        tensor.readRows(
                from,
                to,
                (first, count, values) ->
                        System.arraycopy(values, 0, result, (int) (first - from) * width, count * width));
        return result;
    }

    /** A copy of a fixture that a test may break. */
    public static Path copy(String fixture, Path target) {
        try (Stream<Path> files = Files.list(TestData.path(fixture))) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void edit(Path file, UnaryOperator<String> change) {
        try {
            String before = Files.readString(file);
            String after = change.apply(before);
            if (after.equals(before)) {
                throw new IllegalStateException("nothing changed in " + file);
            }
            Files.writeString(file, after);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Edits the header of a safetensors file, keeping its data. */
    static void editHeader(Path file, UnaryOperator<String> change) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            int length = bytes[0] & 0xff | (bytes[1] & 0xff) << 8 | (bytes[2] & 0xff) << 16;
            String header = change.apply(new String(bytes, 8, length, StandardCharsets.UTF_8));
            byte[] changed = header.getBytes(StandardCharsets.UTF_8);
            ByteBuffer result = ByteBuffer.allocate(8 + changed.length + bytes.length - 8 - length)
                    .order(ByteOrder.LITTLE_ENDIAN);
            result.putLong(changed.length).put(changed).put(bytes, 8 + length, bytes.length - 8 - length);
            Files.write(file, result.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static List<Path> sorted(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted(Comparator.naturalOrder()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
