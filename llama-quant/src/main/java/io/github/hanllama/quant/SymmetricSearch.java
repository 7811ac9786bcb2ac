package io.github.hanllama.quant;

/**
 * Finds the scale with which groups of numbers lose least as levels {@code -half..half - 1}: tries scales around the one
 * that puts the extreme value on the lowest level, and keeps the best. ({@code make_qx_quants} of llama.cpp's
 * {@code ggml-quants.c}.) For one thread.
 */
sealed interface SymmetricSearch permits ScalarSymmetricSearch, SimdSymmetricSearch, WarmingSymmetricSearch {
    /** Groups with nothing larger count as zero. */
    float NOTHING = 1e-15f;

    /** Scales tried on each side of the first. */
    int SCALES_EACH_WAY = 9;

    /** What the lowest level moves by from one to the next. */
    float SCALE_STEP = 0.1f;

    /**
     * Searches for {@code scales.length} groups, side by side from {@code x[at]} on.
     *
     * @param weights of each number, from index 0
     * @param levels found, from index 0, with {@code half} added; 0 in groups of zeros
     * @param scales found, one per group; 0 for groups of zeros
     */
    void search(float[] x, int at, float[] weights, int[] levels, float[] scales);
}
