package io.github.hanllama.lora;

/**
 * Vectors of length one at right angles to each other, and the triangle that makes the given ones of them:
 * {@code given[j] = sum over i of triangle[i][j] * columns[i]}. What depends on those before it becomes zero.
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not kept
record Orthogonal(double[][] columns, double[][] triangle) {
    private static final double DEPENDENT = 1e-13;

    /** Gram-Schmidt, each step done twice, which is as good as reflections; the given vectors are used up. */
    static Orthogonal of(double[][] vectors) {
        double[][] triangle = new double[vectors.length][vectors.length];
        for (int j = 0; j < vectors.length; j++) {
            double before = Math.sqrt(dot(vectors[j], vectors[j]));
            for (int pass = 0; pass < 2; pass++) {
                for (int i = 0; i < j; i++) {
                    double part = dot(vectors[i], vectors[j]);
                    triangle[i][j] += part;
                    addScaled(vectors[j], -part, vectors[i]);
                }
            }
            double length = Math.sqrt(dot(vectors[j], vectors[j]));
            boolean dependent = !(length > DEPENDENT * before);
            triangle[j][j] = dependent ? 0 : length;
            double factor = dependent ? 0 : 1 / length;
            for (int k = 0; k < vectors[j].length; k++) {
                vectors[j][k] *= factor;
            }
        }
        return new Orthogonal(vectors, triangle);
    }

    /** Four sums side by side. */
    static double dot(double[] one, double[] other) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int whole = one.length & -4;
        for (int i = 0; i < whole; i += 4) {
            s0 += one[i] * other[i];
            s1 += one[i + 1] * other[i + 1];
            s2 += one[i + 2] * other[i + 2];
            s3 += one[i + 3] * other[i + 3];
        }
        for (int i = whole; i < one.length; i++) {
            s0 += one[i] * other[i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    static void addScaled(double[] target, double factor, double[] vector) {
        for (int i = 0; i < target.length; i++) {
            target[i] += factor * vector[i];
        }
    }
}
