package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What goes with changed weights.
 *
 * @param companions files beside the whole model
 * @param own those that the adapters or the tuned model bring
 * @param inputs the weight files of all
 */
record Surroundings(
        String origin,
        LlamaConfig config,
        Optional<Tokenizer> tokenizer,
        List<Path> companions,
        List<Path> own,
        List<Path> inputs,
        String identity) {
    static Surroundings of(Checkpoint base, List<LoraWeights> adapters) {
        LlamaConfig config = base.config();
        Optional<Tokenizer> tokenizer = base.tokenizer();
        List<Path> own = List.of();
        List<Path> inputs = new ArrayList<>(base.weightFiles());
        StringBuilder identity = new StringBuilder("mixed LoRA ");
        for (LoraWeights adapter : adapters) {
            config = adapter.overrides().applyTo(config);
            tokenizer = adapter.tokenizer().isPresent() ? adapter.tokenizer() : tokenizer;
            own = CompanionFiles.merge(own, adapter.companionFiles());
            inputs.add(adapter.file());
            identity.append(adapter.identity()).append(' ');
        }
        return new Surroundings(
                origin(base, adapters),
                config,
                tokenizer,
                CompanionFiles.merge(base.companionFiles(), own),
                own,
                inputs,
                identity.toString());
    }

    static Surroundings of(Checkpoint base, Checkpoint tuned) {
        boolean grown = tuned.config().vocabSize() != base.config().vocabSize();
        return new Surroundings(
                tuned.origin(),
                tuned.config(),
                tuned.tokenizer(),
                tuned.companionFiles(),
                grown ? tuned.companionFiles() : List.of(),
                tuned.weightFiles(),
                "tuned " + tuned.origin());
    }

    static String origin(Checkpoint base, List<LoraWeights> adapters) {
        return base.origin() + " + "
                + String.join(" + ", adapters.stream().map(LoraWeights::origin).toList());
    }
}
