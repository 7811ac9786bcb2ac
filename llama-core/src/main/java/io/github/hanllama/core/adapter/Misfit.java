package io.github.hanllama.core.adapter;

/**
 * Why an adapter does not belong on a base.
 *
 * @param certain whether merging them is refused; what is only likely is said, and done
 * @param message one sentence that names both and says what to do
 */
public record Misfit(boolean certain, String message) {}
