/**
 * What a load would do, said before it is done. Start at {@link io.github.hanllama.core.plan.LoadPlan}, which
 * {@code LlamaBuilder.plan()} makes. Only values are here: who opens headers is the builder, who counts memory the engines
 * ({@link io.github.hanllama.core.engine.MemoryEstimate}), who finds adapters to fit the adapters.
 */
package io.github.hanllama.core.plan;
