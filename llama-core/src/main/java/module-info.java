import io.github.hanllama.core.adapter.AdapterKind;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.cpu.JavaEngine;
import io.github.hanllama.core.engine.reference.ReferenceEngine;
import org.jspecify.annotations.NullMarked;

/** LLaMA checkpoints, engines and text generation. */
@NullMarked
@SuppressWarnings("module") // the friend named below is compiled later
module io.github.hanllama.core {
    requires static org.jspecify;
    requires transitive io.github.hanllama.tokenizer;
    requires transitive io.github.hanllama.quant;
    requires com.fasterxml.jackson.databind;
    requires jdk.management;
    requires java.management;
    requires java.net.http;

    exports io.github.hanllama.core;
    exports io.github.hanllama.core.error;
    exports io.github.hanllama.core.progress;
    exports io.github.hanllama.core.config;
    exports io.github.hanllama.core.source;
    exports io.github.hanllama.core.hub;
    exports io.github.hanllama.core.checkpoint;
    exports io.github.hanllama.core.quantize;
    exports io.github.hanllama.core.merge;
    exports io.github.hanllama.core.plan;
    exports io.github.hanllama.core.adapter;
    exports io.github.hanllama.core.engine;
    exports io.github.hanllama.core.engine.support to
            io.github.hanllama.pytorch;
    exports io.github.hanllama.core.engine.hybrid to
            io.github.hanllama.pytorch;
    exports io.github.hanllama.core.sampling;
    exports io.github.hanllama.core.chat;
    exports io.github.hanllama.core.generation;
    exports io.github.hanllama.core.json to
            io.github.hanllama.lora;

    uses Engine;
    uses AdapterKind;

    provides Engine with
            ReferenceEngine,
            JavaEngine;
}
