package io.github.hanllama.tokenizer;

/** Takes a decoded text in chunks. */
interface TextSink {
    void accept(String chunk);

    /** Gives out what was held back; a new text may follow. */
    void finish();
}
