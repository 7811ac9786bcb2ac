package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.adapter.TensorChange.Replace;
import io.github.hanllama.quant.LowRankUpdate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Puts together what a chain makes of one matrix, change by change. */
final class MatrixChangeBuilder<M> {
    /** Rows that are put together at a time to measure them. */
    private static final int ROWS = 64;

    private final AdapterStore<M> store;
    private final String name;
    private final List<TensorChange> changes;
    private final List<LowRank<M>> pairs = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private Optional<M> replacement = Optional.empty();
    private float[] rowScale = RowScale.ONES;

    MatrixChangeBuilder(AdapterStore<M> store, String name, List<TensorChange> changes) {
        this.store = store;
        this.name = name;
        this.changes = changes;
    }

    MatrixChange<M> build() {
        for (TensorChange change : changes) {
            switch (change) {
                case Replace whole -> replacement = Optional.of(store.matrix(whole.tensor()));
                case AddLowRank pair -> add(pair);
            }
        }
        return new MatrixChange<>(replacement, rowScale, pairs);
    }

    private void add(AddLowRank change) {
        LowRank<M> pair =
                new LowRank<>(store.matrix(change.a()), store.matrix(change.b()), change.scale(), RowScale.ONES);
        pairs.add(pair);
        if (!stretched()) {
            return;
        }
        float[] factors = new float[(int) change.b().info().rows()];
        Arrays.fill(factors, 1);
        float[] a = TensorValues.of(change.a());
        int rank = (int) change.a().info().rows();
        steps.add(new Step(a, pair, rank, factors));
        change.magnitude().ifPresent(lengths -> stretch(TensorValues.of(lengths), a.length / rank, factors));
    }

    /** Whether lengths of rows are needed at all. */
    private boolean stretched() {
        return changes.stream()
                .anyMatch(change ->
                        change instanceof AddLowRank pair && pair.magnitude().isPresent());
    }

    /** Finds the factors that give the rows, as they are with the newest pair, these lengths. */
    private void stretch(float[] lengths, int columns, float[] factors) {
        float[] tile = new float[ROWS * columns];
        for (int first = 0; first < lengths.length; first += ROWS) {
            int count = Math.min(ROWS, lengths.length - first);
            readCurrent(first, count, columns, tile);
            for (int i = 0; i < count; i++) {
                factors[first + i] = lengths[first + i] / length(tile, i * columns, columns);
            }
        }
        rowScale = RowScale.product(rowScale, factors);
        pairs.replaceAll(pair -> pair.scaleRows(factors));
    }

    private void readCurrent(int first, int count, int columns, float[] tile) {
        M matrix = replacement.orElseGet(() -> store.base(name));
        for (int i = 0; i < count; i++) {
            store.readRow(matrix, first + i, tile, i * columns);
        }
        steps.forEach(step -> step.apply(first, count, columns, tile));
    }

    /** Summed as merging sums it. */
    private static float length(float[] tile, int at, int columns) {
        double sum = 0;
        for (int i = at; i < at + columns; i++) {
            sum += (double) tile[i] * tile[i];
        }
        return (float) Math.sqrt(sum);
    }

    /** A pair and the stretching that followed it. */
    private final class Step {
        private final float[] a;
        private final LowRank<M> pair;
        private final int rank;
        private final float[] factors;

        Step(float[] a, LowRank<M> pair, int rank, float[] factors) {
            this.a = a;
            this.pair = pair;
            this.rank = rank;
            this.factors = factors;
        }

        void apply(int first, int count, int columns, float[] tile) {
            float[] b = new float[count * rank];
            for (int i = 0; i < count; i++) {
                store.readRow(pair.b(), first + i, b, i * rank);
            }
            LowRankUpdate.of(b, a, rank, pair.scale()).addTo(tile, 0, count);
            for (int i = 0; i < count * columns; i++) {
                tile[i] *= factors[first + i / columns];
            }
        }
    }
}
