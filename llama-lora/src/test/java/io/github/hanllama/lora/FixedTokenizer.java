package io.github.hanllama.lora;

import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.Tokenizers;
import java.lang.reflect.Proxy;

/** A tokenizer of which only the size matters. */
final class FixedTokenizer {
    private FixedTokenizer() {}

    static Tokenizer of(int size) {
        return (Tokenizer) Proxy.newProxyInstance(
                Tokenizers.class.getClassLoader(), new Class<?>[] {Tokenizer.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("vocabularySize")) {
                        return size;
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
    }
}
