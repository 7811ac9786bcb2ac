package io.github.hanllama.core.generation;

import java.util.List;

/**
 * How likely the model found an id where it was chosen: natural logarithms of the softmax of its logits as they are,
 * before constraint, bias, penalties, temperature and filters. Their sum is how likely the model finds the whole text.
 *
 * @param id what was chosen
 * @param alternatives the likeliest ids, best first, the chosen one among them if it is one of them
 */
public record TokenLogprobs(int id, double logprob, List<Alternative> alternatives) {
    public TokenLogprobs {
        alternatives = List.copyOf(alternatives);
    }

    /** What could have been chosen. */
    public record Alternative(int id, double logprob) {}
}
