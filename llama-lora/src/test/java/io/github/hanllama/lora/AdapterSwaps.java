package io.github.hanllama.lora;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.testdata.TestData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Threads that write texts with adapters while these are attached, detached and exchanged. As a program of its own, with
 * numbers of swaps as arguments, it prints by how many KiB all but the first, a warm-up, made the process grow.
 */
final class AdapterSwaps implements AutoCloseable {
    private static final int WRITERS = 3;
    private static final Path BASE = TestData.path("synthetic/base/hf_safetensors_f32");
    private static final Path TOKENIZER = TestData.path("synthetic/base/hf_bin_2shard/tokenizer.model");
    private static final LoraAdapter LORA_A = LoraAdapter.of(TestData.path("synthetic/lora_a"));
    private static final LoraAdapter LORA_B = LoraAdapter.of(TestData.path("synthetic/lora_b"));
    private static final String PROMPT = "白日依山尽，hello";

    private final Generator generator = Llama.from(BASE).tokenizer(TOKENIZER).load();
    private final List<Slot> slots = List.of(new Slot(LORA_A), new Slot(LORA_A, LORA_B), new Slot());
    private volatile boolean done;

    /** One way to write, and what comes of it; a text begun with a handle may be finished while it is being replaced. */
    private final class Slot {
        private final LoraAdapter[] adapters;
        private final String expected;
        private final AtomicInteger written = new AtomicInteger();
        private volatile List<AttachedAdapter> current;
        private List<AttachedAdapter> before = List.of();

        Slot(LoraAdapter... adapters) {
            this.adapters = adapters;
            this.current = attach();
            this.expected = text();
        }

        private List<AttachedAdapter> attach() {
            return adapters.length == 0 ? List.of() : List.of(generator.attach(adapters));
        }

        private String text() {
            GenerationConfig config = GenerationConfig.builder()
                    .maxNewTokens(6)
                    .adapters(current.toArray(AttachedAdapter[]::new))
                    .build();
            return generator.generate(PROMPT, config).text();
        }

        void swap() {
            before.forEach(AttachedAdapter::close);
            before = current;
            current = attach();
        }

        /** A text whose adapter is closed meanwhile fails in words; any other must be the right one. */
        void write() {
            try {
                String text = text();
                if (!text.equals(expected)) {
                    throw new AssertionError("expected " + expected + ", found " + text);
                }
                written.incrementAndGet();
            } catch (IllegalStateException e) {
                if (!String.valueOf(e.getMessage()).endsWith("is closed")) {
                    throw e;
                }
            }
        }

        boolean isEmpty() {
            return written.get() == 0;
        }

        void detach() {
            before.forEach(AttachedAdapter::close);
            current.forEach(AttachedAdapter::close);
        }
    }

    /** Swaps the adapters in turn while texts are written; returns how many texts of each kind were finished. */
    List<Integer> run(int swaps) throws Exception {
        done = false;
        slots.forEach(slot -> slot.written.set(0));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<? extends Future<?>> writers = IntStream.range(0, WRITERS)
                    .mapToObj(writer -> threads.submit(() -> write(writer)))
                    .toList();
            int i = 0;
            while ((i < swaps || slots.stream().anyMatch(Slot::isEmpty))
                    && writers.stream().noneMatch(Future::isDone)) {
                slots.get(i % 2).swap();
                i++;
                LockSupport.parkNanos(i < swaps ? 0 : 50_000_000); // a text of each kind in the end
            }
            done = true;
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
        return slots.stream().map(slot -> slot.written.get()).toList();
    }

    private void write(int writer) {
        for (int i = writer; !done; i++) {
            slots.get(i % slots.size()).write();
        }
    }

    /** Bytes of adapters once all are detached. */
    long leftover() {
        slots.forEach(Slot::detach);
        return generator.model().adapterBytes();
    }

    @Override
    public void close() {
        generator.close();
    }

    /** Memory of this process that no file stands behind, in KiB. */
    private static long anonymousKibibytes() throws Exception {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    public static void main(String[] arguments) throws Exception {
        try (AdapterSwaps swaps = new AdapterSwaps()) {
            List<Long> sizes = new ArrayList<>();
            for (String count : arguments) {
                List<Integer> written = swaps.run(Integer.parseInt(count));
                sizes.add(anonymousKibibytes());
                System.out.println(count + " swaps, " + written + " texts, " + sizes.getLast() + " KiB");
            }
            System.out.println(sizes.getLast() - sizes.getFirst());
        }
    }
}
