package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.engine.support.LowRank;
import io.github.hanllama.core.engine.support.RowWeights;
import io.github.hanllama.quant.LowRankUpdate;
import io.github.hanllama.quant.PackedMatrix;

/** Looks up the embedding of one id as a row with adapters sees it. */
final class Embedding {
    private Embedding() {}

    static void read(RowWeights<PackedMatrix> row, PackedMatrix base, int id, float[] target, int at) {
        row.matrix(TensorNames.EMBED_TOKENS, base).readRow(id, target, at);
        if (row.changes(TensorNames.EMBED_TOKENS)) {
            scale(row.rowScale(TensorNames.EMBED_TOKENS), id, target, at, base.columns());
            row.pairs(TensorNames.EMBED_TOKENS).forEach(pair -> add(pair, id, target, at));
        }
    }

    private static void add(LowRank<PackedMatrix> pair, int id, float[] target, int at) {
        int rank = pair.a().rows();
        int width = pair.a().columns();
        float[] a = new float[rank * width];
        float[] b = new float[rank];
        float[] sum = new float[width];
        for (int k = 0; k < rank; k++) {
            pair.a().readRow(k, a, k * width);
        }
        pair.b().readRow(id, b, 0);
        LowRankUpdate.of(b, a, rank, pair.scale()).addTo(sum, 0, 1);
        scale(pair.rowScale(), id, sum, 0, width);
        for (int i = 0; i < width; i++) {
            target[at + i] += sum[i];
        }
    }

    private static void scale(float[] rowScale, int id, float[] values, int at, int count) {
        for (int i = 0; i < count && rowScale.length > 0; i++) {
            values[at + i] *= rowScale[id];
        }
    }
}
