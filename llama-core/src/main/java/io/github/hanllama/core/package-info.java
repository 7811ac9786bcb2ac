/**
 * The entry points. Start at {@link io.github.hanllama.core.Llama}: name a model and its adapters, load, write. Everything
 * they hand out lives in the packages below, which know nothing of this one.
 */
package io.github.hanllama.core;
