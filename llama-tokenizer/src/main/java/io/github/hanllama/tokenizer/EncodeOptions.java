package io.github.hanllama.tokenizer;

/**
 * What {@link Tokenizer#encode(String, EncodeOptions)} adds to and reads from a text.
 *
 * @param addBos prepend the BOS id
 * @param addEos append the EOS id
 * @param parseSpecial replace special strings such as {@code </s>} by their ids; only for trusted templates, never for
 *     user text
 */
public record EncodeOptions(boolean addBos, boolean addEos, boolean parseSpecial) {
    /** Just the text. */
    public static final EncodeOptions PLAIN = new EncodeOptions(false, false, false);

    /** The same with {@code parseSpecial} switched. */
    public EncodeOptions parseSpecial(boolean value) {
        return new EncodeOptions(addBos, addEos, value);
    }

    /** The same with {@code addBos} switched. */
    public EncodeOptions addBos(boolean value) {
        return new EncodeOptions(value, addEos, parseSpecial);
    }

    /** The same with {@code addEos} switched. */
    public EncodeOptions addEos(boolean value) {
        return new EncodeOptions(addBos, value, parseSpecial);
    }
}
