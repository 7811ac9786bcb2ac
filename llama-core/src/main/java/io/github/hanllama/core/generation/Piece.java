package io.github.hanllama.core.generation;

/**
 * A piece of one of several texts.
 *
 * @param sample which text, counted from 0
 * @param text whole characters, at least one
 */
public record Piece(int sample, String text) {}
