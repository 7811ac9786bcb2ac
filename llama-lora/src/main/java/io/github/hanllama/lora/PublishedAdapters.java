package io.github.hanllama.lora;

import java.util.Map;

/**
 * Adapters that cannot be told from others by their shapes, by the SHA-256 of the {@code adapter_model.bin} that their
 * authors publish (SHA256.md of ymcui/Chinese-LLaMA-Alpaca).
 */
final class PublishedAdapters {
    /** What continues Chinese-LLaMA-Plus of its size. */
    static final Map<String, String> CONTINUE_LLAMA_PLUS = Map.of(
            "4ee0bf805c312a9a771624d481fbdb4485e1b0a70cd2a8da9f96137f177b795d", "Chinese-Alpaca-Plus-7B",
            "3cd2776908c3f5efe68bf6cf0248cb0e80fb7c55a52b8406325c9f0ca37b8594", "Chinese-Alpaca-Pro-7B",
            "a1fcdcb6d7e1068f925fb36ec78632c76058ba12ba352bed4d44060b8e6f4706", "Chinese-Alpaca-Plus-13B",
            "f076b20fc2390ddbc35fd56d580d46ea834b33bbae34a4bb3cb7b571e60602e0", "Chinese-Alpaca-Pro-13B",
            "411f5b9351abcc33c13a82bdd97ddcff81ad7993a8ddb83085b7ea97fad92fc7", "Chinese-Alpaca-Plus-33B",
            "0e7ba4951f605d2c0a7f0bcb983d7f6ed075c8dd23fbbcbc8a8c9643247212a3", "Chinese-Alpaca-Pro-33B");

    private PublishedAdapters() {}
}
