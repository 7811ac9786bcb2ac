package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IntervalsTest {
    @Test
    void sameAsABitSet() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            Intervals intervals = new Intervals();
            BitSet bits = new BitSet();
            for (int i = 0; i < 30; i++) {
                int from = random.nextInt(100);
                int to = from + random.nextInt(12);
                intervals.add(from, to);
                bits.set(from, to);
                assertThat(intervals.total()).isEqualTo(bits.cardinality());
                assertThat(intervals.frontier()).isEqualTo(bits.nextClearBit(0));
                assertThat(intervals.end()).isEqualTo(bits.length());
                BitSet missing = new BitSet();
                intervals.missing(120).forEach(gap -> missing.set((int) gap.from(), (int) gap.to()));
                missing.or(bits);
                assertThat(missing.cardinality()).isEqualTo(120);
                assertThat(intervals.missing(120).stream()
                                .mapToLong(Intervals.Range::length)
                                .sum())
                        .isEqualTo(120 - bits.cardinality());
            }
        }
    }
}
