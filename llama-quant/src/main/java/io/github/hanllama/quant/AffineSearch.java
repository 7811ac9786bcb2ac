package io.github.hanllama.quant;

/**
 * Finds the scale and the minimum with which groups of numbers lose least as levels {@code 0..top}: tries some widths,
 * fits scale and minimum to the levels by weighted least squares, and keeps the best. The minimum is never above zero.
 * ({@code make_qkx2_quants} and {@code make_qkx3_quants} of llama.cpp's {@code ggml-quants.c}.) For one thread.
 */
sealed interface AffineSearch permits ScalarAffineSearch, SimdAffineSearch, WarmingAffineSearch {
    /**
     * Searches for {@code scales.length} groups, side by side from {@code x[at]} on.
     *
     * @param weights of each number, from index 0
     * @param levels found, from index 0
     * @param scales found, one per group
     * @param offsets found, one per group: what is subtracted, 0 or more
     */
    void search(float[] x, int at, float[] weights, int[] levels, float[] scales, float[] offsets);

    /**
     * What is tried.
     *
     * @param size numbers in a group
     * @param top the highest level
     * @param first levels added to {@code top} in the first try
     * @param next and how many more in each that follows
     * @param last number of the last try, counted from 0
     * @param absolute whether the error of a number is its distance, not the square of it
     */
    record Tries(int size, int top, float first, float next, int last, boolean absolute) {
        /** What is tried where weights come from an importance matrix. */
        static Tries weighted(int size, int top) {
            return new Tries(size, top, -0.9f, 0.05f, 36, false);
        }

        float levels(int number) {
            return first + next * number + top;
        }
    }
}
