package io.github.hanllama.core.progress;

/**
 * How far a long piece of work is.
 *
 * @param stage what kind of work
 * @param what the file or tensor at hand, for display
 * @param done units finished, bytes unless the stage says otherwise
 * @param total units in all, or -1 when unknown
 */
public record Progress(Stage stage, String what, long done, long total) {
    /** The kinds of long work, in the order a model meets them. */
    public enum Stage {
        DOWNLOAD,
        VERIFY,
        MERGE,
        LOAD,
        /** In tokens. */
        SCORE,
        WRITE
    }
}
