package io.github.hanllama.lora;

/**
 * How one tensor changes. Norms are Frobenius's.
 *
 * @param tensor its name in the model
 * @param norm of what is added
 * @param relativeNorm that over the norm of the base's tensor; infinite where that is zeros
 * @param effectiveRank the exponential of the entropy of the singular values (Roy and Vetterli 2007), of as many of them as were
 *     computed: all for what adapters add, some more than {@code rank} else; 0 for what is no matrix
 * @param rank of the low-rank pair; 0 where the tensor comes whole
 * @param error the norm of what the pair leaves out
 */
public record ChangeReport(
        String tensor, double norm, double relativeNorm, double effectiveRank, int rank, double error) {
    static double effectiveRank(double[] singularValues) {
        double sum = 0;
        for (double value : singularValues) {
            sum += value;
        }
        double entropy = 0;
        for (double value : singularValues) {
            double share = value / sum;
            entropy -= share > 0 ? share * Math.log(share) : 0;
        }
        return sum == 0 ? 0 : Math.exp(entropy);
    }
}
