package io.github.hanllama.tokenizer;

/**
 * A token the wrapper around a model declares on top of the model's own vocabulary.
 *
 * @param content the text it stands for
 * @param id its id, inside or beyond the model's vocabulary
 * @param special whether it controls the model, so that plain text never produces it
 * @param lstrip whether it swallows the white space before it
 * @param rstrip whether it swallows the white space after it
 * @param singleWord whether it counts only between word boundaries
 * @param normalized whether it is searched in the normalized text
 */
record AddedToken(
        String content,
        int id,
        boolean special,
        boolean lstrip,
        boolean rstrip,
        boolean singleWord,
        boolean normalized) {
    AddedToken {
        if (content.isEmpty()) {
            throw new TokenizerException("added token " + id + ": expected some text, found an empty string");
        }
        if (id < 0) {
            throw new TokenizerException("added token '" + content + "': expected an id >= 0, found " + id);
        }
    }

    /** A special token that is matched exactly as written. */
    static AddedToken special(String content, int id) {
        return new AddedToken(content, id, true, false, false, false, false);
    }

    /** The same token, but special. */
    AddedToken asSpecial() {
        return new AddedToken(content, id, true, lstrip, rstrip, singleWord, normalized);
    }
}
