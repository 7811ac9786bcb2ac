/**
 * Where models come from. Start at {@link io.github.hanllama.core.source.ModelSources}; nothing here knows what the files
 * contain.
 */
package io.github.hanllama.core.source;
