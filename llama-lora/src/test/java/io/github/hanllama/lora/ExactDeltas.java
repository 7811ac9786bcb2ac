package io.github.hanllama.lora;

import static io.github.hanllama.lora.TinyModel.WIDTH;

import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import java.nio.file.Path;
import java.util.List;

/** What adapters add to a square matrix of a base, in f64 from the numbers in their files. */
record ExactDeltas(TinyModel base, String matrix) {
    double[][] deltas(List<LoraAdapter> adapters) {
        return adapters.stream().map(this::delta).toArray(double[][]::new);
    }

    double[] delta(LoraAdapter adapter) {
        try (LoraWeights weights = (LoraWeights)
                adapter.open(FolderFiles.of(Path.of(adapter.source().describe())))) {
            AddLowRank pair = weights.addition(matrix).orElseThrow();
            float[] a = Values.of(pair.a());
            float[] b = Values.of(pair.b());
            int rank = (int) pair.a().info().rows();
            double[] delta = new double[WIDTH * WIDTH];
            for (int i = 0; i < delta.length; i++) {
                for (int k = 0; k < rank; k++) {
                    delta[i] += (double) b[i / WIDTH * rank + k] * a[k * WIDTH + i % WIDTH];
                }
                delta[i] *= pair.scale();
            }
            pair.magnitude().ifPresent(lengths -> stretch(delta, Values.of(lengths)));
            return delta;
        }
    }

    /** DoRA: the sum of base and delta, each row at the length that was trained, minus the base. */
    private void stretch(double[] delta, float[] lengths) {
        float[] below = Values.of(base, matrix);
        for (int row = 0; row < WIDTH; row++) {
            double squares = 0;
            for (int i = row * WIDTH; i < (row + 1) * WIDTH; i++) {
                squares += Math.pow(below[i] + delta[i], 2);
            }
            double factor = lengths[row] / Math.sqrt(squares);
            for (int i = row * WIDTH; i < (row + 1) * WIDTH; i++) {
                delta[i] = factor * (below[i] + delta[i]) - below[i];
            }
        }
    }
}
