package io.github.hanllama.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.DoubleUnaryOperator;

/**
 * Builds of {@code llama-quant} against each other in one process. They take turns of a tenth of a second, so whatever else the
 * machine does meets all of them, and what counts is the median of the ratios of each turn to the first build's: on a shared
 * machine that tells 3 % where two runs of JMH, one after the other, do not tell 30.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector -cp 'target/classes:target/lib/*' \
 *     io.github.hanllama.benchmarks.KernelDuel Q4_0,Q4_K 2048x2048 'generated 1' 20 \
 *     BEFORE/llama-quant/target/classes AFTER/llama-quant/target/classes
 * </pre>
 *
 * <p>Types, shape and tokens are parameters of {@link MatrixBenchmark}, of which two threads each have one for every build. Which
 * build C2 compiles first is luck, and so is some of the speed: look at the other order, too.
 */
public final class KernelDuel implements AutoCloseable {
    private static final int THREADS = 2;
    private static final double WARM_UP_SECONDS = 0.5;
    private static final int WARM_UP_TURNS = 8;
    private static final double TURN_SECONDS = 0.1;

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final List<AutoCloseable> open = new ArrayList<>(); // of one run
    private final List<Path> builds;
    private final PrintStream out;

    /** @param builds folders or archives of classes; the first is what the others are compared with */
    KernelDuel(List<Path> builds, PrintStream out) {
        this.builds = builds;
        this.out = out;
    }

    /** Types, shape, tokens, rounds, builds. */
    public static void main(String[] args) throws Exception {
        if (args.length < 6) {
            throw new IllegalArgumentException(
                    "expected TYPE,... ROWSxCOLUMNS 'generated N'|'prompt N' ROUNDS BUILD BUILD...," + " was "
                            + String.join(" ", args));
        }
        List<Path> builds = Arrays.stream(args)
                .skip(4)
                .map(Path::of)
                .map(Path::toAbsolutePath)
                .toList();
        try (KernelDuel duel = new KernelDuel(builds, System.out)) {
            for (String type : args[0].split(",")) {
                duel.run(type, args[1], args[2], Integer.parseInt(args[3]), WARM_UP_TURNS);
            }
        }
    }

    /** Prints a line for each build; false if the bits of their results differ. Keeps nothing of them. */
    boolean run(String type, String shape, String tokens, int rounds, int warmUpTurns) throws Exception {
        try {
            return duel(type, shape, tokens, rounds, warmUpTurns);
        } finally {
            for (AutoCloseable each : open.reversed()) {
                each.close();
            }
            open.clear();
        }
    }

    private boolean duel(String type, String shape, String tokens, int rounds, int warmUpTurns)
            throws IOException, ReflectiveOperationException, InterruptedException, ExecutionException {
        List<List<DoubleUnaryOperator>> sides = new ArrayList<>();
        for (Path build : builds) {
            sides.add(sides(build, type, shape, tokens));
        }
        double[][] speeds = new double[builds.size()][rounds];
        for (int turn = -warmUpTurns; turn < rounds; turn++) {
            for (int i = 0; i < sides.size(); i++) {
                int side = (i + Math.abs(turn)) % sides.size(); // each of them is the first by turns
                double speed = speed(sides.get(side), turn < 0 ? WARM_UP_SECONDS : TURN_SECONDS);
                if (turn >= 0) {
                    speeds[side][turn] = speed;
                }
            }
        }
        boolean same = true;
        double bits = sides.getFirst().getFirst().applyAsDouble(0);
        for (int side = 0; side < sides.size(); side++) {
            boolean asFirst = sides.get(side).getFirst().applyAsDouble(0) == bits;
            print(type, builds.get(side), speeds[side], speeds[0], asFirst);
            same &= asFirst;
        }
        return same;
    }

    private List<DoubleUnaryOperator> sides(Path build, String type, String shape, String tokens)
            throws IOException, ReflectiveOperationException {
        URL benchmarks = KernelDuel.class.getProtectionDomain().getCodeSource().getLocation();
        URL[] path = {build.toUri().toURL(), benchmarks};
        URLClassLoader loader = new URLClassLoader(path, ClassLoader.getPlatformClassLoader());
        open.add(loader);
        Class<?> side = loader.loadClass(KernelDuelSide.class.getName());
        List<DoubleUnaryOperator> made = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Object thread = side.getConstructor(String.class, String.class, String.class)
                    .newInstance(type, shape, tokens);
            open.add((AutoCloseable) thread);
            made.add((DoubleUnaryOperator) thread);
        }
        return made;
    }

    /** Of all threads together. */
    private double speed(List<DoubleUnaryOperator> side, double seconds)
            throws InterruptedException, ExecutionException {
        List<Future<Double>> results = new ArrayList<>();
        for (DoubleUnaryOperator thread : side) {
            results.add(threads.submit(() -> thread.applyAsDouble(seconds)));
        }
        double sum = 0;
        for (Future<Double> result : results) {
            sum += result.get();
        }
        return sum;
    }

    private void print(String type, Path build, double[] speeds, double[] first, boolean sameBits) {
        double[] ratios = new double[speeds.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = speeds[i] / first[i];
        }
        out.printf(
                Locale.ROOT,
                "%-5s %7.1f GFLOP/s, best %7.1f, ratio %.3f (%.3f to %.3f)%s %s%n",
                type,
                quantile(speeds, 2),
                quantile(speeds, 4),
                quantile(ratios, 2),
                quantile(ratios, 1),
                quantile(ratios, 3),
                sameBits ? "" : ", OTHER BITS",
                build);
    }

    private static double quantile(double[] values, int quarter) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[Math.min(sorted.length - 1, sorted.length * quarter / 4)];
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
