/**
 * Merged models that are kept: {@link io.github.hanllama.core.merge.MergeCache} is a folder of them, each under a key made
 * of everything that went into it. Start there.
 */
package io.github.hanllama.core.merge;
