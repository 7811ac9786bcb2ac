/**
 * The {@code reference} engine: the plainest loops that are right. It is the specification that faster engines are
 * tested against, and slow. Start at {@code ReferenceDecoder}.
 */
package io.github.hanllama.core.engine.reference;
