/**
 * Whatever the bytes, a parser returns something usable or refuses in the words it documents. One target per parser; start
 * at {@code Targets}. {@code SeedsTest} gives each its seeds, {@code FuzzingTest} lets Jazzer change them.
 *
 * <p>Targets of parsers that are private to their package lie in that package.
 */
@NullMarked
package io.github.hanllama.fuzz;

import org.jspecify.annotations.NullMarked;
