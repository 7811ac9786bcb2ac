package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.generation.TextStream;
import io.github.hanllama.testdata.TestData;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Texts written with attached adapters are those that merged models write. */
class AttachedGeneratorTest {
    private static final Path BASE = TestData.path("synthetic/base/hf_safetensors_f32");
    private static final LoraAdapter LORA_A = LoraAdapter.of(TestData.path("synthetic/lora_a"));
    private static final LoraAdapter LORA_B = LoraAdapter.of(TestData.path("synthetic/lora_b"));
    private static final String PROMPT = "白日依山尽，hello";

    private static Generator load() {
        Path tokenizer = TestData.path("synthetic/base/hf_bin_2shard/tokenizer.model");
        return Llama.from(BASE).tokenizer(tokenizer).load();
    }

    private static GenerationConfig with(AttachedAdapter... adapters) {
        return GenerationConfig.builder().maxNewTokens(24).adapters(adapters).build();
    }

    @Test
    void generate_isTheMergedModelsText() {
        try (Generator generator = load();
                Generator mergedA = Llama.from(BASE).adapt(LORA_A).load();
                Generator mergedAb =
                        Llama.from(BASE).adapt(LORA_A).adapt(LORA_B).load();
                AttachedAdapter a = generator.attach(LORA_A);
                AttachedAdapter ab = generator.attach(LORA_A, LORA_B)) {
            String plain = generator.generate(PROMPT, with()).text();
            for (int round = 0; round < 2; round++) {
                assertSame(generator, mergedA, a);
                assertSame(generator, mergedAb, ab);
                assertThat(generator.generate(PROMPT, with()).text()).isEqualTo(plain);
            }
        }
    }

    private static void assertSame(Generator generator, Generator merged, AttachedAdapter adapter) {
        var actual = generator.generate(PROMPT, with(adapter));
        var expected = merged.generate(PROMPT, with());
        assertThat(actual.promptIds()).isEqualTo(expected.promptIds());
        assertThat(actual.ids()).isEqualTo(expected.ids());
        assertThat(actual.text()).isEqualTo(expected.text());
    }

    @Test
    void close_failsTheTextThatUsesIt_only() {
        GenerationConfig endless = GenerationConfig.builder().ignoreEos(true).build();
        try (Generator generator = load()) {
            AttachedAdapter adapter = generator.attach(LORA_A);
            GenerationConfig adapted = endless.toBuilder()
                    .adapters(List.of(AdapterUse.of(adapter)))
                    .build();
            try (TextStream stream = generator.stream(PROMPT, adapted);
                    TextStream other = generator.stream(PROMPT, endless)) {
                Iterator<String> pieces = stream.iterator();
                Iterator<String> others = other.iterator();
                pieces.next();
                others.next();
                adapter.close();
                assertThat(others.next()).isNotEmpty();
                assertThatIllegalStateException()
                        .isThrownBy(() -> pieces.forEachRemaining(piece -> {}))
                        .withMessageContaining("is closed");
            }
        }
    }

    @Test
    void attach_thatDoesNotFit_leavesTheGeneratorAsItWas() {
        LoraAdapter other = LoraAdapter.of(TestData.path("hf/lora_tied_head/adapter"));
        try (Generator generator = load()) {
            assertThatThrownBy(() -> generator.attach(LORA_A, LORA_A, other))
                    .isInstanceOf(AdapterMismatchException.class);
            assertThat(generator.model().adapterBytes()).isZero();
            assertThat(generator.generate(PROMPT, with()).ids()).isNotEmpty();
        }
    }
}
