package io.github.hanllama.core.sampling;

/**
 * The ids that may still be chosen, in ascending order, and how much weight each has. Every filter finds the value to cut
 * at ({@link Cut}) and then keeps the order, so nothing is ever sorted. Buffers are reused from step to step.
 */
final class Candidates {
    private int size;
    private int[] ids = new int[0];
    /** Logits, from {@link #weigh} on the logarithms of the weights. */
    private double[] logits = new double[0];

    private double[] weights = new double[0];
    private double[] scratch = new double[0];

    /** Starts with every id whose logit is not negative infinity. */
    void fill(float[] values) {
        reserve(values.length);
        size = 0;
        for (int id = 0; id < values.length; id++) {
            if (values[id] != Float.NEGATIVE_INFINITY) {
                ids[size] = id;
                logits[size++] = values[id];
            }
        }
    }

    /** Keeps the k largest logits and whatever equals the last of them; 0 keeps all. */
    void topK(int k) {
        if (k == 0 || k >= size) {
            return;
        }
        // the k-th largest of a part is no larger than that of all: most values need no closer look
        int part = Math.max(k, size / 32);
        double bound = Cut.atCount(scratchOf(logits, part), part, k);
        double least = Cut.atCount(scratch, copyAtLeast(bound, logits), k);
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (logits[i] >= least) {
                ids[kept] = ids[i];
                logits[kept++] = logits[i];
            }
        }
        size = kept;
    }

    /** Turns logits into weights: probabilities times an unknown constant, the largest weight being 1. */
    void weigh(double temperature) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            largest = Math.max(largest, logits[i]);
        }
        for (int i = 0; i < size; i++) {
            logits[i] = (logits[i] - largest) / temperature;
            weights[i] = Exp.exp(logits[i]);
        }
    }

    /** Keeps the largest weights until they hold this part of all weight; of equal ones the lowest ids. */
    void topP(double p) {
        if (p == 1) {
            return;
        }
        double total = totalWeight();
        double target = p * total;
        double negligible = (total - target) / size; // all that weigh less together do not reach what may be left out
        double least = Cut.atSum(scratch, copyAtLeast(negligible, weights), target);
        double above = 0;
        for (int i = 0; i < size; i++) {
            above += weights[i] > least ? weights[i] : 0;
        }
        int kept = 0;
        for (int i = 0; i < size; i++) {
            boolean tie = weights[i] == least && (above < target || above == 0); // at least one, also for p = 0
            if (tie) {
                above += least;
            }
            if (tie || weights[i] > least) {
                move(i, kept++);
            }
        }
        size = kept;
    }

    /** Keeps what weighs at least this part of the heaviest. */
    void minP(double p) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (weights[i] >= p) { // the heaviest weighs 1
                move(i, kept++);
            }
        }
        size = kept;
    }

    /**
     * Keeps what is most typical, an id's information being near to the mean of all, until it holds this part of all
     * weight; ties with the last stay.
     */
    void typicalP(double p) {
        if (p == 1) {
            return;
        }
        double total = totalWeight();
        double logTotal = StrictMath.log(total);
        double entropy = 0;
        for (int i = 0; i < size; i++) {
            entropy += weights[i] == 0 ? 0 : weights[i] / total * (logTotal - logits[i]);
        }
        double[] order = new double[size];
        for (int i = 0; i < size; i++) {
            order[i] = typicality(i, logTotal, entropy);
        }
        double least = Cut.atMass(order, scratchOf(weights, size), size, p * total);
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (typicality(i, logTotal, entropy) >= least) {
                move(i, kept++);
            }
        }
        size = kept;
    }

    private double typicality(int index, double logTotal, double entropy) {
        return -Math.abs(logTotal - logits[index] - entropy);
    }

    /** The id at this point of [0, 1) when the ids lie side by side, each as wide as its probability. */
    int choose(double point) {
        double rest = point * totalWeight();
        for (int i = 0; i < size - 1; i++) {
            rest -= weights[i];
            if (rest < 0) {
                return ids[i];
            }
        }
        return ids[size - 1];
    }

    int size() {
        return size;
    }

    int id(int index) {
        return ids[index];
    }

    double probability(int index) {
        return weights[index] / totalWeight();
    }

    private double totalWeight() {
        double total = 0;
        for (int i = 0; i < size; i++) {
            total += weights[i];
        }
        return total;
    }

    private void move(int from, int to) {
        ids[to] = ids[from];
        logits[to] = logits[from];
        weights[to] = weights[from];
    }

    private double[] scratchOf(double[] values, int count) {
        System.arraycopy(values, 0, scratch, 0, count);
        return scratch;
    }

    /** Copies what is at least this large to the scratch buffer and returns how many that are. */
    private int copyAtLeast(double least, double[] values) {
        int count = 0;
        for (int i = 0; i < size; i++) {
            if (values[i] >= least) {
                scratch[count++] = values[i];
            }
        }
        return count;
    }

    private void reserve(int capacity) {
        if (ids.length < capacity) {
            ids = new int[capacity];
            logits = new double[capacity];
            weights = new double[capacity];
            scratch = new double[capacity];
        }
    }
}
