/**
 * Where models come from. Start at {@link io.github.hanllama.core.source.ModelSource}; nothing here knows what the files
 * contain.
 */
package io.github.hanllama.core.source;
