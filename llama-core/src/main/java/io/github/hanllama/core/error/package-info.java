/** What can go wrong, by what the user does next. Start at {@link io.github.hanllama.core.error.LlamaException}. */
package io.github.hanllama.core.error;
