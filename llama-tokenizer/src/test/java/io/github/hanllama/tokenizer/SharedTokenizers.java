package io.github.hanllama.tokenizer;

import io.github.hanllama.testdata.TestData;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The tokenizers of the test data, each loaded once for all tests: the large ones take longer to load than to test. */
final class SharedTokenizers {
    static final String LLAMA = "tokenizers/llama_tokenizer.model";
    static final String CHINESE_LLAMA = "tokenizers/chinese_llama_49953.model";
    static final String CHINESE_LLAMA_2 = "tokenizers/chinese_llama2_55296.model";
    static final String LLAMA_3 = "tokenizers/llama3_tokenizer.model";
    static final String SYNTHETIC = "synthetic/tokenizers/tok512.model";
    static final String BYTE_LEVEL = "tokenizer_json/byte_level.json";
    static final String NORMALIZED = "tokenizer_json/normalized.json";

    private static final Map<String, Tokenizer> LOADED = new ConcurrentHashMap<>();

    private SharedTokenizers() {}

    /** The one in this file of the test data. */
    static Tokenizer of(String file) {
        return LOADED.computeIfAbsent(file, name -> Tokenizers.load(TestData.path(name)));
    }
}
