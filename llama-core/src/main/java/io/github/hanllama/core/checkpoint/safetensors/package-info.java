/**
 * The header of a safetensors file, read strictly. Start at {@link
 * io.github.hanllama.core.checkpoint.safetensors.SafetensorsHeaderParser}; whether the sizes fit the types is for
 * {@code SafetensorsHeader} to say, which knows tensors.
 */
package io.github.hanllama.core.checkpoint.safetensors;
