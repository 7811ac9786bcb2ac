package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.LevelBits.STEPS;
import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.PackedMatrix.TILE;

/** The specification. */
final class ScalarBlockKernel implements BlockKernel {
    @Override
    public void widen(BlockStrip strip, int block, float[] panel, int at) {
        float[] values = new float[BLOCK];
        for (int row = 0; row < ROWS; row++) {
            strip.read(row, block, values, 0);
            for (int k = 0; k < BLOCK; k++) {
                panel[at + k * STRIP + row] = values[k];
            }
        }
    }

    @Override
    public void addFirst(
            BlockStrip strip, int block, float[] panel, int at, float[] x, int xAt, float[] sums, int sumsAt) {
        widen(strip, block, panel, at);
        for (int token = 0; token < TokenTiles.TILE; token++) {
            for (int row = 0; row < ROWS; row++) {
                float part = 0;
                for (int k = 0; k < BLOCK; k++) {
                    part = Math.fma(panel[at + k * STRIP + row], x[xAt + k * TokenTiles.TILE + token], part);
                }
                sums[sumsAt + token * TILE + row] += part;
            }
        }
    }

    @Override
    public void addOne(BlockStrip strip, float[] x, float[] sums, int sumsAt) {
        float[] values = new float[BLOCK];
        for (int row = 0; row < ROWS; row++) {
            for (int block = 0; block < strip.blocks(); block++) {
                strip.read(row, block, values, 0);
                float part = 0;
                for (int k = 0; k < BLOCK; k++) {
                    part = Math.fma(values[k], x[block * BLOCK + k], part);
                }
                sums[sumsAt + row] += part;
            }
        }
    }

    @Override
    public void add(BlockStrip first, int strips, QuantizedTokens x, float[] sums, int sumsAt) {
        int length = TokenTiles.length(x.tokens, ROWS);
        for (int i = 0; i < strips; i++) {
            for (int token = 0; token < x.tokens; token++) {
                add(first.after(i), x, token, sums, sumsAt + i * length + token * ROWS);
            }
        }
    }

    @Override
    public void addTile(BlockStrip first, BlockStrip second, QuantizedTokens x, float[] sums) {
        BlockStrip[] strips = {first, second};
        int[][] weights = new int[TILE][BLOCK];
        int[] levels = new int[BLOCK];
        for (int block = 0; block < first.blocks(); block++) {
            for (int row = 0; row < TILE; row++) {
                strips[row / ROWS].levels(row % ROWS, block, weights[row]);
            }
            for (int token = 0; token < x.tokens; token++) {
                x.levels(token, block, levels);
                float xScale = x.scales[token * x.blocks() + block];
                for (int row = 0; row < TILE; row++) {
                    int at = token * TILE + row;
                    sums[at] = add(strips[row / ROWS], row % ROWS, block, weights[row], levels, xScale, sums[at]);
                }
            }
        }
    }

    private static void add(BlockStrip strip, QuantizedTokens x, int token, float[] sums, int sumsAt) {
        int[] weights = new int[BLOCK];
        int[] levels = new int[BLOCK];
        for (int block = 0; block < strip.blocks(); block++) {
            x.levels(token, block, levels);
            float xScale = x.scales[token * x.blocks() + block];
            for (int row = 0; row < ROWS; row++) {
                strip.levels(row, block, weights);
                sums[sumsAt + row] = add(strip, row, block, weights, levels, xScale, sums[sumsAt + row]);
            }
        }
    }

    private static float add(
            BlockStrip strip, int row, int block, int[] weights, int[] levels, float xScale, float sum) {
        BlockLayout layout = strip.layout();
        for (int from = 0; from < BLOCK; from += layout.group()) {
            int group = (block * BLOCK + from) / layout.group();
            int dot = 0;
            int levelSum = 0;
            int zero = layout.offsets() ? 0 : layout.middle();
            for (int k = from; k < from + layout.group(); k++) {
                dot += (weights[k] - zero) * levels[k];
                levelSum += levels[k];
            }
            sum = Math.fma(dot, strip.scale(row, group) * xScale, sum);
            if (layout.offsets()) {
                sum = Math.fma(strip.offset(row, group), xScale * levelSum, sum);
            }
        }
        return sum;
    }

    @Override
    public float quantize(float[] x, int at, int[] levels) {
        float largest = 0;
        for (int k = 0; k < BLOCK; k++) {
            largest = Math.max(largest, Math.abs(x[at + k]));
        }
        float inverse = largest < QuantizedTokens.SMALLEST ? 0 : QuantizedTokens.TOP / largest;
        for (int k = 0; k < BLOCK; k++) {
            levels[k] = (int) Math.rint(x[at + k] * inverse);
        }
        return QuantizedTokens.scale(largest);
    }

    @Override
    public void pair(int[] levels, int[] halves, int[] sums, int i) {
        int[] pairs = new int[STEPS];
        for (int half = 0; half < 2; half++) {
            int first = 0;
            int second = 0;
            for (int step = half * STEPS / 2; step < (half + 1) * STEPS / 2; step++) {
                int one = levels[LevelBits.column(step)];
                int other = levels[LevelBits.column(step) + LevelBits.APART];
                pairs[step] = one & 0xffff | other << 16;
                first += one;
                second += other;
            }
            halves[i + half] = -first & 0xffff | -second << 16;
            sums[i + half] = first + second;
        }
        System.arraycopy(pairs, 0, levels, 0, STEPS);
    }

    @Override
    public void twice(int[] levels, int[] sums, int i) {
        for (int half = 0; half < 2; half++) {
            int sum = 0;
            for (int k = half * STEPS; k < (half + 1) * STEPS; k++) {
                sum += levels[k];
                levels[k] = levels[k] & 0xffff | levels[k] << 16;
            }
            sums[i + half] = sum;
        }
    }

    @Override
    public void factors(WordFields fields, int[] pairs, int[] factors) {
        fields.fill(pairs, factors);
    }
}
