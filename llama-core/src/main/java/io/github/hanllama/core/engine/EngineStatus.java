package io.github.hanllama.core.engine;

/**
 * What an engine finds on this machine.
 *
 * @param usable whether it can load models
 * @param sentence what it runs on, or why it cannot run and what to do
 */
public record EngineStatus(boolean usable, String sentence) {}
