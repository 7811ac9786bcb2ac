package io.github.hanllama.quant;

/**
 * Where a weight stands in its model.
 *
 * @param layer counted from 0; 0 too for what is in no layer
 */
public record WeightPlace(WeightRole role, int layer) {
    public WeightPlace {
        if (layer < 0) {
            throw new IllegalArgumentException("layer must be >= 0, was " + layer);
        }
    }
}
