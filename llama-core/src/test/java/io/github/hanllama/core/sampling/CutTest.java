package io.github.hanllama.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CutTest {
    @Test
    void atCount_everyRank_isTheSortedValue() {
        Random random = new Random(1);
        double[] values = random.doubles(207).map(v -> Math.floor(v * 50)).toArray();
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        for (int count = 1; count <= values.length; count++) {
            assertThat(Cut.atCount(values.clone(), values.length, count)).isEqualTo(sorted[values.length - count]);
        }
    }

    @Test
    void atSum_integers_isWhereTheDescendingSumReachesIt() {
        double[] values = {1, 8, 2, 4, 4};
        assertThat(Cut.atSum(values.clone(), 5, 8)).isEqualTo(8);
        assertThat(Cut.atSum(values.clone(), 5, 9)).isEqualTo(4);
        assertThat(Cut.atSum(values.clone(), 5, 16)).isEqualTo(4);
        assertThat(Cut.atSum(values.clone(), 5, 17)).isEqualTo(2);
        assertThat(Cut.atSum(values.clone(), 5, 19)).isEqualTo(1);
    }

    @Test
    void atSum_moreThanThereIs_isTheSmallest() {
        assertThat(Cut.atSum(new double[] {3, 1, 2}, 3, 7)).isEqualTo(1);
    }

    @Test
    void atSum_ignoresValuesBeyondSize() {
        assertThat(Cut.atSum(new double[] {3, 1, 100}, 2, 3)).isEqualTo(3);
    }

    @Test
    void atMass_takesTheMassOfAnotherArray() {
        double[] values = {5, 1, 4, 4, 2};
        double[] masses = {1, 8, 2, 4, 16};
        assertThat(Cut.atMass(values.clone(), masses.clone(), 5, 1)).isEqualTo(5);
        assertThat(Cut.atMass(values.clone(), masses.clone(), 5, 2)).isEqualTo(4);
        assertThat(Cut.atMass(values.clone(), masses.clone(), 5, 8)).isEqualTo(2);
        assertThat(Cut.atMass(values.clone(), masses.clone(), 5, 23)).isEqualTo(2);
        assertThat(Cut.atMass(values.clone(), masses.clone(), 5, 24)).isEqualTo(1);
    }

    @Test
    void atCount_sortedAscendingAndDescending_isNotQuadratic() {
        int size = 1 << 17;
        double[] ascending = IntStream.range(0, size).asDoubleStream().toArray();
        double[] descending = Arrays.stream(ascending).map(v -> -v).toArray();
        assertThat(Cut.atCount(ascending, size, 40)).isEqualTo(size - 40);
        assertThat(Cut.atCount(descending, size, 40)).isEqualTo(-39);
    }
}
