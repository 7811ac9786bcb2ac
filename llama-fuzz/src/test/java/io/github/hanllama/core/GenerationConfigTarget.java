package io.github.hanllama.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.fuzz.FuzzTarget;
import io.github.hanllama.fuzz.Scratch;
import io.github.hanllama.fuzz.Seeds;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code generation_config.json}. */
public final class GenerationConfigTarget implements FuzzTarget {
    private static final String NAME = "generation_config.json";

    private final Scratch scratch = Scratch.create();

    @Override
    public void run(byte[] input) {
        List<Path> companions = List.of(scratch.write(NAME, input));
        assertThat(GenerationSettings.eosTokenIds(new Companions(companions))).doesNotContainNull();
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.tree("hf/mha", NAME)
                .files("models/stories260k-hf/" + NAME)
                .text("{\"eos_token_id\": [128001, 128009], \"temperature\": 0.6}")
                .text("{\"eos_token_id\": null}");
    }

    /** A checkpoint that is asked for nothing else. */
    private record Companions(List<Path> companionFiles) implements Checkpoint {
        @Override
        public String origin() {
            return "fuzzed";
        }

        @Override
        public LlamaConfig config() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<Tokenizer> tokenizer() {
            return Optional.empty();
        }

        @Override
        public List<TensorInfo> tensors() {
            return List.of();
        }

        @Override
        public boolean contains(String name) {
            return false;
        }

        @Override
        public Tensor tensor(String name) {
            throw new IllegalArgumentException(name);
        }

        @Override
        public List<Path> weightFiles() {
            return List.of();
        }

        @Override
        public String identity() {
            return "";
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }
}
