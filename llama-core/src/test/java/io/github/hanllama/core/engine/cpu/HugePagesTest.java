package io.github.hanllama.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HugePagesTest {
    private static final long MEBI = 1 << 20;

    @Test
    void room_piecesOfAnySize_areZeroAndApartAndAligned() {
        long[] sizes = {1, 63, 64, 65, 3 * MEBI, 2 * MEBI + 1, 0};
        try (Arena arena = Arena.ofShared()) {
            SegmentAllocator room = room(arena, sizes);
            List<MemorySegment> pieces = new ArrayList<>();
            for (long size : sizes) {
                MemorySegment piece = room.allocate(size, 64);
                assertThat(piece.byteSize()).isEqualTo(size);
                assertThat(piece.address() % 64).isZero();
                assertThat(piece.mismatch(MemorySegment.ofArray(new byte[(int) size])))
                        .isEqualTo(-1);
                piece.fill((byte) -1);
                pieces.add(piece);
            }
            for (MemorySegment piece : pieces) {
                assertThat(pieces).filteredOn(other -> piece != other).allMatch(other -> piece.asOverlappingSlice(other)
                        .isEmpty());
            }
        }
    }

    @Test
    void allocate_moreThanTheRoom_comesFromTheArena() {
        try (Arena arena = Arena.ofShared()) {
            SegmentAllocator room = room(arena, 100);
            room.allocate(100, 64);
            assertThat(room.allocate(1000, 64).byteSize()).isEqualTo(1000);
        }
    }

    @Test
    void allocate_moreThanThereIs_isRefused() {
        try (Arena arena = Arena.ofShared()) {
            long bytes = 1L << 46;
            SegmentAllocator room = room(arena, bytes);
            assertThatThrownBy(() -> room.allocate(bytes, 64)).isInstanceOf(OutOfMemoryError.class);
        }
    }

    @Test
    void allocate_closedArena_isNotReached() {
        Arena arena = Arena.ofShared();
        MemorySegment piece = room(arena, 4 * MEBI).allocate(4 * MEBI, 64);
        arena.close();
        assertThatThrownBy(() -> piece.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void room_whereHugePagesAreForWhoeverAsks_isAskedFor() throws IOException {
        assumeTrue(HugePages.offered() && HugePages.permitted());
        try (Arena arena = Arena.ofShared()) {
            long from = room(arena, 8 * MEBI).allocate(8 * MEBI, 64).address();
            assertThat(from % (2 * MEBI)).isZero();
            assertThat(flags(from)).contains(" hg");
        }
    }

    @Test
    void offered_switchedOff_isFalse() {
        System.setProperty("llama.hugePages", "false");
        try (Arena arena = Arena.ofShared()) {
            assertThat(HugePages.offered()).isFalse();
            assertThat(room(arena, MEBI).allocate(MEBI, 64).byteSize()).isEqualTo(MEBI);
        } finally {
            System.clearProperty("llama.hugePages");
        }
    }

    private static SegmentAllocator room(Arena arena, long... sizes) {
        long bytes = 0;
        for (long size : sizes) {
            bytes += HugePages.taken(size);
        }
        return HugePages.room(arena, bytes);
    }

    /** What the system says of the memory that begins at an address or goes on there. */
    private static String flags(long address) throws IOException {
        boolean inside = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                String[] range = line.substring(0, line.indexOf(' ')).split("-");
                inside = Long.parseUnsignedLong(range[0], 16) <= address
                        && address < Long.parseUnsignedLong(range[1], 16);
            } else if (inside && line.startsWith("VmFlags:")) {
                return line;
            }
        }
        return "";
    }
}
