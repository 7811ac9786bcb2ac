package io.github.hanllama.tokenizer;

import java.io.IOException;
import java.util.Set;

/** Reads vocabulary and merges of a {@code tokenizer.json} without building a tree of them. */
final class HfModelReader {
    private static final int MAX_MERGES = 1 << 21;

    private final Vocabulary vocabulary = new Vocabulary();
    private final MergeRules merges = new MergeRules();
    private int rank;

    Vocabulary vocabulary() {
        return vocabulary;
    }

    MergeRules merges() {
        return merges;
    }

    /** {@code {"piece": id, …}}. */
    void readVocabulary(JsonReader in) throws IOException {
        in.enterObject();
        for (String piece = in.nextKey(); piece != null; piece = in.nextKey()) {
            int id = in.integer();
            try {
                vocabulary.add(piece, id);
            } catch (TokenizerException e) {
                throw in.failure("model.vocab: " + e.getMessage());
            }
        }
    }

    /**
     * {@code ["a b", …]} or {@code [["a", "b"], …]}, in the order in which they apply.
     *
     * @param special pieces that nothing may merge into, or a text could forge them
     */
    void readMerges(JsonReader in, Set<String> special) throws IOException {
        in.enterArray();
        for (; in.nextElement(); rank++) {
            if (rank == MAX_MERGES) {
                throw in.failure("model.merges: expected at most " + MAX_MERGES + ", found more");
            }
            String[] pair = in.isArray() ? pair(in) : split(in);
            int left = id(in, pair[0]);
            int right = id(in, pair[1]);
            int merged = id(in, pair[0] + pair[1]);
            if (!special.contains(pair[0] + pair[1])) {
                merges.add(left, right, rank, merged);
            }
        }
    }

    private String[] split(JsonReader in) throws IOException {
        String merge = in.string();
        int space = merge.indexOf(' ');
        if (space <= 0 || space == merge.length() - 1 || merge.indexOf(' ', space + 1) >= 0) {
            throw in.failure(at() + "expected two pieces and one space, found '" + Text.shorten(merge) + "'");
        }
        return new String[] {merge.substring(0, space), merge.substring(space + 1)};
    }

    private String[] pair(JsonReader in) throws IOException {
        String[] pair = new String[2];
        for (int i = 0; i < 2; i++) {
            if (!in.nextElement()) {
                throw in.failure(at() + "expected two pieces, found " + i);
            }
            pair[i] = in.string();
        }
        if (in.nextElement()) {
            throw in.failure(at() + "expected two pieces, found more");
        }
        return pair;
    }

    private int id(JsonReader in, String piece) {
        return vocabulary
                .id(piece)
                .orElseThrow(() -> in.failure(at() + "'" + Text.shorten(piece) + "' is not in the vocabulary"));
    }

    private String at() {
        return "model.merges[" + rank + "]: ";
    }
}
