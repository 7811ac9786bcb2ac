package io.github.hanllama.tokenizer;

/** What becomes of the matches of a split pattern. The text between two matches is one part. */
enum SplitBehavior {
    REMOVED,
    ISOLATED,
    MERGED_WITH_PREVIOUS,
    MERGED_WITH_NEXT,
    CONTIGUOUS;

    /** Whether two neighbouring parts stay in one piece; a match merges only with text that is none. */
    boolean joins(boolean leftMatches, boolean rightMatches) {
        return switch (this) {
            case REMOVED, ISOLATED -> false;
            case MERGED_WITH_PREVIOUS -> !leftMatches && rightMatches;
            case MERGED_WITH_NEXT -> leftMatches && !rightMatches;
            case CONTIGUOUS -> leftMatches == rightMatches;
        };
    }
}
