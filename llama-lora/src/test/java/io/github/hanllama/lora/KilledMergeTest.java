package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Verification;
import io.github.hanllama.core.merge.CachedMerge;
import io.github.hanllama.core.merge.MergeCache;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.lora.MergingProcess.Way;
import io.github.hanllama.testdata.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Processes that are killed while they merge, and processes that merge the same at the same time. */
@Execution(ExecutionMode.CONCURRENT)
@Timeout(900)
class KilledMergeTest {
    /** More with {@code -Dhanllama.kills=50}; each takes about a second. */
    private static final int KILLS = Integer.getInteger("hanllama.kills", 2);

    @TempDir
    private Path folder;

    private Path output(Way way) {
        return folder.resolve(way == Way.GGUF ? "model.gguf" : "model");
    }

    private static long millisOf(Process process) throws IOException, InterruptedException {
        awaitWriting(process);
        long start = System.nanoTime();
        process.getInputStream().readAllBytes();
        process.waitFor();
        return (System.nanoTime() - start) / 1_000_000;
    }

    private static void awaitWriting(Process process) throws IOException {
        assertThat(new String(process.getInputStream().readNBytes(MergingProcess.WRITING.length())))
                .isEqualTo(MergingProcess.WRITING);
    }

    @ParameterizedTest
    @EnumSource
    void killedAtRandomMoments_theNextRunFinishes(Way way) throws Exception {
        Random random = new Random();
        long millis = millisOf(MergingProcess.start(way, output(way)));
        SortedMap<String, String> expected = hashes(output(way));
        assertThat(expected).isNotEmpty();
        List<Long> moments = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            removeAll();
            Process process = MergingProcess.start(way, output(way));
            awaitWriting(process);
            moments.add(random.nextLong(millis * 11 / 10 + 1));
            Thread.sleep(moments.getLast());
            ChildJvm.kill(process);

            assertNothingWrongHasAName(way, expected);
            if (way == Way.CACHE || !Files.exists(output(way))) {
                way.run(output(way), ProgressListener.NONE);
            }
            assertThat(hashes(output(way))).as("killed after %s ms", moments).isEqualTo(expected);
            assertIntact(way);
            assertThat(leftovers()).isEmpty();
        }
    }

    /** A killed process may have been done. */
    private void assertNothingWrongHasAName(Way way, SortedMap<String, String> expected) throws IOException {
        if (way == Way.CACHE ? !MergeCache.of(output(way)).list().isEmpty() : Files.exists(output(way))) {
            assertThat(hashes(output(way))).isEqualTo(expected);
        }
    }

    private void assertIntact(Way way) {
        Path model = output(way);
        if (way == Way.CACHE) {
            List<CachedMerge> kept = MergeCache.of(model).list();
            assertThat(kept).hasSize(1);
            model = kept.getFirst().folder().resolve("model/model.gguf");
        }
        assertThat(Verification.of(model, ProgressListener.NONE, new Cancellation())
                        .differences())
                .isEmpty();
    }

    /** Of every file under a final name, but for the record of a cache, which knows when its files were written. */
    private static SortedMap<String, String> hashes(Path output) throws IOException {
        SortedMap<String, String> hashes = new TreeMap<>();
        try (Stream<Path> tree = Files.walk(output)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                String name = output.relativize(file).toString();
                if (!name.startsWith(".") && !name.endsWith("entry.json")) {
                    hashes.put(name, Sha256.of(file));
                }
            }
        }
        return hashes;
    }

    private List<Path> leftovers() throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.filter(path -> path.getFileName().toString().matches("\\..+-.+"))
                    .toList();
        }
    }

    private void removeAll() throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted((a, b) -> b.compareTo(a)).toList()) {
                if (!path.equals(folder)) {
                    Files.delete(path);
                }
            }
        }
    }

    @Test
    void twoProcessesAtOnce_mergeOnce() throws Exception {
        Process one = MergingProcess.start(Way.CACHE, output(Way.CACHE));
        Process two = MergingProcess.start(Way.CACHE, output(Way.CACHE));
        String said = new String(one.getInputStream().readAllBytes())
                + new String(two.getInputStream().readAllBytes());
        assertThat(one.waitFor()).isZero();
        assertThat(two.waitFor()).isZero();

        long steps = said.lines().count();
        removeAll();
        Process alone = MergingProcess.start(Way.CACHE, output(Way.CACHE));
        assertThat(new String(alone.getInputStream().readAllBytes()).lines().count())
                .isEqualTo(steps);
        assertThat(leftovers()).isEmpty();
    }
}
