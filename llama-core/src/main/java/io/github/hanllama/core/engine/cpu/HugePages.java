package io.github.hanllama.core.engine.cpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory in pages of 2 MiB for weights, which every token reads from end to end: with fewer pages a processor looks fewer
 * addresses up. Linux gives them to whoever asks, to everybody or to nobody; in the first case this asks, if the JVM lets it and
 * the system property {@code llama.hugePages} is not {@code false}. Anywhere else the memory is an arena's.
 */
public final class HugePages {
    private static final Path SYSTEM = Path.of("/sys/kernel/mm/transparent_hugepage");
    /** Where the numbers of {@link Calls} hold and the JVM can call the C library. */
    private static final Set<String> ARCHITECTURES = Set.of("amd64", "aarch64");

    private static final long SIZE = 2 << 20;
    /** Pieces begin on lines of the cache. */
    private static final long LINE = 64;

    private HugePages() {}

    /** Whether the system has huge pages for whoever asks, and they are wanted. */
    public static boolean offered() {
        return !"false".equals(System.getProperty("llama.hugePages"))
                && ARCHITECTURES.contains(System.getProperty("os.arch"))
                && read("enabled").contains("[madvise]")
                && read("hpage_pmd_size").equals(String.valueOf(SIZE));
    }

    /** Whether this library may ask, as {@code --enable-native-access} says. */
    public static boolean permitted() {
        return HugePages.class.getModule().isNativeAccessEnabled();
    }

    /** The flag that permits it. */
    public static String flag() {
        Module own = HugePages.class.getModule();
        return "--enable-native-access=" + (own.isNamed() ? own.getName() : "ALL-UNNAMED");
    }

    private static String read(String name) {
        try {
            return Files.readString(SYSTEM.resolve(name)).strip();
        } catch (IOException e) {
            return ""; // not Linux, or a system without them
        }
    }

    /**
     * Room for pieces of so many bytes together, each counted in whole lines of 64. Threads may take pieces at the same time;
     * they are zeros, and the arena frees them. What is taken beyond the room comes from the arena.
     */
    static SegmentAllocator room(Arena arena, long bytes) {
        MemorySegment room = offered() && permitted() ? Calls.map(arena, bytes) : MemorySegment.NULL;
        return new Room(arena, room, new AtomicLong());
    }

    /** What a piece takes of the room. */
    static long taken(long bytes) {
        return Math.ceilDiv(bytes, LINE) * LINE;
    }

    private record Room(Arena arena, MemorySegment room, AtomicLong next) implements SegmentAllocator {
        @Override
        public MemorySegment allocate(long byteSize, long byteAlignment) {
            long from = next.getAndAdd(taken(byteSize));
            return byteAlignment <= LINE && from + byteSize <= room.byteSize()
                    ? room.asSlice(from, byteSize, byteAlignment)
                    : arena.allocate(byteSize, byteAlignment);
        }
    }

    /** Of the C library; loaded when it is needed. */
    @SuppressWarnings("restricted") // permitted, or nothing here is called
    private static final class Calls {
        private static final int READ_WRITE = 3;
        private static final int PRIVATE_ANONYMOUS = 0x22;
        private static final int HUGE_PAGE = 14;
        private static final long FAILED = -1;

        private static final MethodHandle MMAP = find(
                "mmap",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG));
        private static final MethodHandle MUNMAP = find(
                "munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        private static final MethodHandle MADVISE = find(
                "madvise",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));

        private static MethodHandle find(String name, FunctionDescriptor shape) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), shape);
        }

        /** So many bytes from the beginning of a huge page on; none if there are not as many. */
        static MemorySegment map(Arena arena, long bytes) {
            long mapped = bytes + SIZE;
            long address = map(mapped);
            if (address == FAILED) {
                return MemorySegment.NULL;
            }
            long first = Math.ceilDiv(address, SIZE) * SIZE;
            advise(first, bytes);
            return MemorySegment.ofAddress(first).reinterpret(bytes, arena, segment -> unmap(address, mapped));
        }

        private static long map(long bytes) {
            try {
                return (long) MMAP.invokeExact(0L, bytes, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        /** Refused, it is memory all the same. */
        private static void advise(long address, long bytes) {
            try {
                int ignored = (int) MADVISE.invokeExact(address, bytes, HUGE_PAGE);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        private static void unmap(long address, long bytes) {
            try {
                int ignored = (int) MUNMAP.invokeExact(address, bytes);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        private static AssertionError unexpected(Throwable e) {
            return new AssertionError("the C library throws nothing", e);
        }
    }
}
