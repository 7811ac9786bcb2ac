package io.github.hanllama.core.engine.hybrid;

/** A matrix of an adapter, as either engine keeps it. */
record HybridMatrix<A, B>(A prompts, B generated) {}
