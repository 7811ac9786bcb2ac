package io.github.hanllama.lora;

/** How the changes of several adapters become one; each works element by element on what they really add to the weights. */
public sealed interface MixMethod {
    /** The weighted sum. */
    MixMethod LINEAR = new Linear();

    /** The weighted sum. */
    record Linear() implements MixMethod {}

    /**
     * TIES: of each change only the largest elements of each tensor are kept, then each element gets the sign of the larger
     * weighted mass, and is the weighted mean of those that have it.
     *
     * @param density the share of elements kept, by magnitude; equal ones stay together
     * @param scale times the mean; the paper's lambda
     * @see <a href="https://arxiv.org/abs/2306.01708">Yadav et al. 2023</a>
     */
    record Ties(double density, double scale) implements MixMethod {
        public Ties {
            requireDensity(density);
            if (!(Math.abs(scale) <= 1e6)) {
                throw new IllegalArgumentException("scale must be a number of at most a million, was " + scale);
            }
        }
    }

    /**
     * DARE: each element of each change is dropped by chance and what is left is enlarged so much that the expected sum is the
     * same. Which are dropped follows from seed, place among the adapters, tensor and index alone.
     *
     * @param density the share of elements kept
     * @see <a href="https://arxiv.org/abs/2311.03099">Yu et al. 2023</a>
     */
    record Dare(double density, long seed) implements MixMethod {
        public Dare {
            requireDensity(density);
        }
    }

    private static void requireDensity(double density) {
        if (!(density > 0) || density > 1) {
            throw new IllegalArgumentException("density must be in (0, 1], was " + density);
        }
    }
}
