/**
 * Adapters as PEFT writes them: low-rank pairs that add to a weight, and whole tensors that replace one. Start at
 * {@link io.github.hanllama.lora.LoraAdapter}.
 *
 * <p>Reading goes in three steps that do not know each other: what {@code adapter_config.json} says
 * ({@code LoraConfig}), what the tensor names mean ({@code AdapterKey}, gathered in {@code LoraLayout}), and whether
 * that fits a base ({@code BaseFit}). Merging is a decorator ({@code MergedCheckpoint}) that computes row by row.
 *
 * <p>{@link io.github.hanllama.lora.DeltaPatch} is the other kind of adapter here, a difference of all weights;
 * {@link io.github.hanllama.lora.ChineseLlama} names what has been published of either.
 */
package io.github.hanllama.lora;
