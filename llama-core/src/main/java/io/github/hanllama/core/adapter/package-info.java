/**
 * What core knows of adapters: that they change tensors by name, may bring a tokenizer, and can be merged. Kinds of
 * adapters live in modules of their own and are found as {@link io.github.hanllama.core.adapter.AdapterKind}.
 */
package io.github.hanllama.core.adapter;
