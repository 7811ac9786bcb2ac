package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.pytorch.EagerEngine;
import io.github.hanllama.pytorch.PlannedEngine;
import io.github.hanllama.testdata.TestData;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Native memory stays where it is however often models are loaded and run; {@code -Dhanllama.leak.rounds=100} for the long
 * version: 2,000 texts and 200 models in each window, in bf16 and int8, too.
 */
class PyTorchLeakTest {
    private static final int SHORT = 8;
    private static final int ROUNDS = Integer.getInteger("hanllama.leak.rounds", SHORT);
    /** A leak grows in each of them, the JVM's compilers and class loaders only in some. */
    private static final int WINDOWS = 5;
    /** Less than one model of these, of which a window loads {@code 2 * ROUNDS}; 2 % of what malloc holds meanwhile. */
    private static final long NOISE = 2L << 20;

    private final Checkpoint checkpoint = Checkpoints.open(
            ModelSources.path(TestData.path("hf/wide_256/base")).resolve(ProgressListener.NONE, new Cancellation()));

    static List<Engine> engines() {
        List<Engine> engines = new ArrayList<>(List.of(Engines.named("pytorch"), new EagerEngine()));
        if (ROUNDS > SHORT) {
            engines.addAll(List.of(PlannedEngine.bf16(), PlannedEngine.int8()));
        }
        return engines;
    }

    @ParameterizedTest
    @MethodSource("engines")
    void loadsAndTexts_leaveNothingBehind(Engine engine) {
        Malloc malloc = new Malloc();
        assumeTrue(malloc.known());
        rounds(engine);
        List<Long> growths = new ArrayList<>();
        do {
            long before = malloc.settledBytes();
            rounds(engine);
            growths.add(malloc.settledBytes() - before);
        } while (growths.getLast() >= NOISE && growths.size() < WINDOWS);
        assertThat(growths).as("growth in bytes, window by window").anyMatch(growth -> growth < NOISE);
    }

    private void rounds(Engine engine) {
        for (int round = 0; round < ROUNDS; round++) {
            for (int load = 0; load < 2; load++) {
                try (LanguageModel model =
                        engine.load(checkpoint, EngineOptions.defaults().threads(1))) {
                    for (int text = 0; text < 10; text++) {
                        Decoding.greedy(model, 4, 1, 403, 407);
                    }
                }
            }
        }
    }

    /** What malloc has handed out, which libtorch's memory is part of and the heap is not. */
    @SuppressWarnings("restricted") // a native call, which the build allows
    private static final class Malloc {
        private static final StructLayout COUNTS = MemoryLayout.structLayout(
                MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG).withName("counts"));
        private static final int LOOKS = 10;
        private static final long PAUSE_NANOS = 100_000_000;
        private static final int MAPPED = 4; // hblkhd
        private static final int IN_USE = 7; // uordblks

        private final Optional<MethodHandle> mallinfo2 = Linker.nativeLinker()
                .defaultLookup()
                .find("mallinfo2") // of glibc
                .map(address -> Linker.nativeLinker().downcallHandle(address, FunctionDescriptor.of(COUNTS)));

        boolean known() {
            return mallinfo2.isPresent();
        }

        /** The least of some looks: the JVM's compilers take and give back megabytes meanwhile. */
        long settledBytes() {
            long least = Long.MAX_VALUE;
            for (int look = 0; look < LOOKS; look++) {
                LockSupport.parkNanos(PAUSE_NANOS);
                least = Math.min(least, bytes());
            }
            return least;
        }

        private long bytes() {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment counts = (MemorySegment) mallinfo2.orElseThrow().invokeExact((SegmentAllocator) arena);
                return counts.getAtIndex(ValueLayout.JAVA_LONG, MAPPED)
                        + counts.getAtIndex(ValueLayout.JAVA_LONG, IN_USE);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }
}
