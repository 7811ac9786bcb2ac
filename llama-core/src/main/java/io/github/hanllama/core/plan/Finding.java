package io.github.hanllama.core.plan;

/**
 * Something a user should know before loading.
 *
 * @param refused whether the load would fail for it; otherwise it is only likely to be wrong
 * @param message one sentence that says what, where, and what to do
 */
public record Finding(boolean refused, String message) {
    /** The load would fail. */
    public static Finding refusal(String message) {
        return new Finding(true, message);
    }

    /** The load would do it, and somebody should look. */
    public static Finding warning(String message) {
        return new Finding(false, message);
    }
}
