/** The shape of a model ({@link io.github.hanllama.core.config.LlamaConfig}) and how it is read from and written to JSON. */
package io.github.hanllama.core.config;
