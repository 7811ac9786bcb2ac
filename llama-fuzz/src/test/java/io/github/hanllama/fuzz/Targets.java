package io.github.hanllama.fuzz;

import io.github.hanllama.cli.JsonLinesTarget;
import io.github.hanllama.cli.PredictionLogTarget;
import io.github.hanllama.core.GenerationConfigTarget;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Supplier;

/** Every parser of this project, by the name that {@code -Dfuzz.target} takes. */
final class Targets {
    /** Not parsers: one is all of them, the other proves that mistakes are found. */
    static final String ALL_TOGETHER = "all";

    static final String PLANTED = "planted";

    private static final SequencedMap<String, Supplier<FuzzTarget>> PARSERS = new LinkedHashMap<>();

    static {
        PARSERS.put("safetensors", SafetensorsTarget::new);
        PARSERS.put("torch_zip", TorchTarget::zip);
        PARSERS.put("torch_legacy", TorchTarget::legacy);
        PARSERS.put("gguf", GgufTarget::gguf);
        PARSERS.put("ggml_legacy", GgufTarget::legacy);
        PARSERS.put("pickle", PickleTarget::new);
        PARSERS.put("params", ParamsTarget::new);
        PARSERS.put("checklist", ChecklistTarget::new);
        PARSERS.put("config", ConfigTarget::new);
        PARSERS.put("generation_config", GenerationConfigTarget::new);
        PARSERS.put("safetensors_index", ShardIndexTarget::safetensors);
        PARSERS.put("torch_index", ShardIndexTarget::torch);
        PARSERS.put("zip_source", ZipSourceTarget::new);
        PARSERS.put("manifest", ManifestTarget::new);
        PARSERS.put("kv_cache", KvCacheTarget::new);
        PARSERS.put("adapter_config", AdapterConfigTarget::new);
        PARSERS.put("adapter_tensors", AdapterTensorsTarget::new);
        PARSERS.put("sentencepiece", TokenizerFileTarget::sentencePiece);
        PARSERS.put("tiktoken", TokenizerFileTarget::tiktoken);
        PARSERS.put("tokenizer_json", TokenizerFileTarget::huggingFace);
        PARSERS.put("tokenizer_config", TokenizerConfigTarget::config);
        PARSERS.put("added_tokens", TokenizerConfigTarget::addedTokens);
        PARSERS.put("text", TextTarget::new);
        PARSERS.put("json_lines", JsonLinesTarget::new);
        PARSERS.put("prediction_log", PredictionLogTarget::new);
    }

    private Targets() {}

    static SequencedSet<String> names() {
        return Collections.unmodifiableSequencedSet(PARSERS.sequencedKeySet());
    }

    static FuzzTarget named(String name) {
        return switch (name) {
            case ALL_TOGETHER -> new AllTargets();
            case PLANTED -> new PlantedTarget();
            default -> parser(name);
        };
    }

    private static FuzzTarget parser(String name) {
        Supplier<FuzzTarget> target = PARSERS.get(name);
        if (target == null) {
            throw new IllegalArgumentException(
                    "expected -Dfuzz.target to be one of " + PARSERS.keySet() + ", was " + name);
        }
        return target.get();
    }
}
