package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.PANEL;
import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.PackedMatrix.TILE;

/**
 * A few columns of a tile of rows, widened to f32 for all tokens of a prompt: (2, {@link PackedMatrix#PANEL}, {@link
 * PackedMatrix#STRIP}), as plain types are stored, so that they are widened from end to end.
 */
final class WeightPanel {
    static final int LENGTH = PANEL * TILE;

    /** From one half of the rows to the other. */
    static final int APART = PANEL * STRIP;

    private WeightPanel() {}

    /** Where a row of the tile has a column of the panel; the next column lies {@code STRIP} further. */
    static int at(int row, int column) {
        return row / STRIP * APART + column * STRIP + row % STRIP;
    }
}
