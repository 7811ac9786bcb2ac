package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.Tiles;
import io.github.hanllama.quant.DType;
import java.util.List;
import java.util.function.Supplier;

/**
 * Several changes of one tensor as one, computed in f64 and rounded to f32. In rows that the base does not have there is nothing
 * to be added to, so that they are the weighted mean.
 */
final class MixedRows implements RowSource {
    private final List<Part> parts;
    private final MixMethod method;
    private final Supplier<List<Float>> thresholds; // of TIES, found on first use

    /** @param index of the adapter among all */
    record Part(Delta delta, double weight, int index) {}

    private MixedRows(List<Part> parts, MixMethod method) {
        this.parts = List.copyOf(parts);
        this.method = method;
        this.thresholds = Once.of(() -> method instanceof MixMethod.Ties ties
                ? this.parts.stream()
                        .map(part -> LargestShare.threshold(part.delta, ties.density()))
                        .toList()
                : List.of());
    }

    /** All parts are of the same tensor and shape. */
    static Delta delta(List<Part> parts, MixMethod method) {
        Delta first = parts.getFirst().delta;
        int rank = method instanceof MixMethod.Linear
                ? parts.stream().mapToInt(part -> part.delta.rank()).sum()
                : Integer.MAX_VALUE;
        int full = Delta.fullRank(info(first));
        return new Delta(
                first.name(), first.shape(), first.baseRows(), Math.min(rank, full), new MixedRows(parts, method));
    }

    private static TensorInfo info(Delta delta) {
        return new TensorInfo(delta.name(), delta.shape(), DType.F32);
    }

    @Override
    public void read(long from, long to, Tensor.RowSink sink) {
        Delta first = parts.getFirst().delta;
        int columns = first.columns();
        Tiles.forEach(info(first), from, to, (firstRow, rowCount) -> {
            float[][] tiles = new float[parts.size()][];
            for (int i = 0; i < tiles.length; i++) {
                tiles[i] = tile(parts.get(i).delta, firstRow, rowCount);
            }
            float[] mixed = new float[rowCount * columns];
            for (int i = 0; i < mixed.length; i++) {
                boolean added = firstRow + i / columns < first.baseRows();
                mixed[i] = (float) (added ? mixed(tiles, i, firstRow * columns + i) : mean(tiles, i));
            }
            sink.accept(firstRow, rowCount, mixed);
        });
    }

    private static float[] tile(Delta delta, long firstRow, int rowCount) {
        int columns = delta.columns();
        float[] tile = new float[rowCount * columns];
        delta.rows()
                .read(
                        firstRow,
                        firstRow + rowCount,
                        (first, count, values) ->
                                System.arraycopy(values, 0, tile, (int) (first - firstRow) * columns, count * columns));
        return tile;
    }

    private double mean(float[][] tiles, int i) {
        double sum = 0;
        double weights = 0;
        for (int p = 0; p < tiles.length; p++) {
            sum += parts.get(p).weight * tiles[p][i];
            weights += parts.get(p).weight;
        }
        return sum / weights;
    }

    private double mixed(float[][] tiles, int i, long element) {
        return switch (method) {
            case MixMethod.Linear _ -> linear(tiles, i);
            case MixMethod.Dare dare -> dare(tiles, i, element, dare);
            case MixMethod.Ties ties -> ties.scale() * elected(tiles, i);
        };
    }

    private double linear(float[][] tiles, int i) {
        double sum = 0;
        for (int p = 0; p < tiles.length; p++) {
            sum += parts.get(p).weight * tiles[p][i];
        }
        return sum;
    }

    private double dare(float[][] tiles, int i, long element, MixMethod.Dare dare) {
        double sum = 0;
        for (int p = 0; p < tiles.length; p++) {
            Part part = parts.get(p);
            if (Chance.of(dare.seed(), part.index, part.delta.name(), element) < dare.density()) {
                sum += part.weight * tiles[p][i] / dare.density();
            }
        }
        return sum;
    }

    private double elected(float[][] tiles, int i) {
        double mass = 0;
        for (int p = 0; p < tiles.length; p++) {
            mass += kept(tiles, p, i);
        }
        double sum = 0;
        double weights = 0;
        for (int p = 0; p < tiles.length; p++) {
            double value = kept(tiles, p, i);
            if (value * mass > 0) {
                sum += value;
                weights += Math.abs(parts.get(p).weight);
            }
        }
        return weights == 0 ? 0 : sum / weights;
    }

    private double kept(float[][] tiles, int p, int i) {
        float value = tiles[p][i];
        return Math.abs(value) >= thresholds.get().get(p) ? parts.get(p).weight * value : 0;
    }
}
