package io.github.hanllama.core.generation;

import java.util.Set;

/**
 * When a text ends, as the model and the context have it.
 *
 * @param maxNewTokens what is asked for and fits the context
 * @param knownIds ids from here on have no meaning and are never chosen
 * @param eosTokenIds ids that end the text
 */
record DraftRules(int maxNewTokens, int knownIds, Set<Integer> eosTokenIds) {}
