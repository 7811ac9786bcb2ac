package io.github.hanllama.core.checkpoint.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;

/** PyTorch files in memory, and how they have to be refused: in one line, in under a second, without much memory. */
final class TorchBytes {
    static final String FILE = "test.bin";

    private static final ThreadMXBean MACHINE = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    private static final long MAX_ALLOCATED = 16 << 20;
    private static final Duration MAX_TIME = Duration.ofSeconds(1);

    private TorchBytes() {}

    /** The archive of a 2 by 2 matrix of 1 to 4, whose parts a test then changes. */
    static ZipBytes archive() {
        return archive(PickleBytes.oneTensor("w", matrix()));
    }

    static ZipBytes archive(byte[] pickle) {
        ZipBytes zip = new ZipBytes();
        zip.add("archive/data.pkl", pickle).withDescriptor();
        zip.add("archive/data/0", new byte[] {0, 0, -128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, -128, 64})
                .withDescriptor();
        zip.add("archive/version", new byte[] {'3', '\n'}).withDescriptor();
        return zip;
    }

    static PickleBytes matrix() {
        return PickleBytes.tensor("FloatStorage", 4, 0, new long[] {2, 2}, new long[] {2, 1});
    }

    static List<TorchView> read(byte[] file) {
        return TorchContents.read(FILE, MemorySegment.ofArray(file));
    }

    static List<TorchView> readPickle(byte[] pickle) {
        return read(archive(pickle).build());
    }

    static void malformed(byte[] file, String... message) {
        refused(ModelFormatException.class, MAX_ALLOCATED, file, message);
    }

    static void unsupported(byte[] file, String... message) {
        refused(UnsupportedModelException.class, MAX_ALLOCATED, file, message);
    }

    static void malformedPickle(byte[] pickle, String... message) {
        malformed(archive(pickle).build(), message);
    }

    static void unsupportedPickle(byte[] pickle, String... message) {
        unsupported(archive(pickle).build(), message);
    }

    /** @param maxAllocated bytes that the attempt may allocate, garbage included */
    static void refused(Class<? extends LlamaException> kind, long maxAllocated, byte[] file, String... message) {
        catchThrowableOfType(kind, () -> read(file)); // loads the classes, which is not what is measured
        long allocatedBefore = allocated();
        long before = MACHINE.getCurrentThreadCpuTime();
        LlamaException refusal = catchThrowableOfType(kind, () -> read(file));
        Duration took = Duration.ofNanos(MACHINE.getCurrentThreadCpuTime() - before);
        long allocated = allocated() - allocatedBefore;
        assertThat(refusal).isNotNull();
        assertThat(refusal.getMessage())
                .startsWith(FILE + ": ")
                .contains(message)
                .doesNotContainPattern("[\\x00-\\x1f]")
                .hasSizeLessThan(2000);
        assertThat(allocated).isLessThan(maxAllocated);
        assertThat(took).isLessThan(MAX_TIME);
    }

    private static long allocated() {
        return MACHINE.getCurrentThreadAllocatedBytes();
    }
}
