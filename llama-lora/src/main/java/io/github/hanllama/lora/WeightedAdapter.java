package io.github.hanllama.lora;

/** An adapter and how much of it counts; 1 is all of it. May be negative. */
public record WeightedAdapter(LoraAdapter adapter, double weight) {
    public WeightedAdapter {
        if (weight == 0 || !(Math.abs(weight) <= 1e6)) {
            throw new IllegalArgumentException("weight must be a number of at most a million and not 0, was " + weight);
        }
    }
}
