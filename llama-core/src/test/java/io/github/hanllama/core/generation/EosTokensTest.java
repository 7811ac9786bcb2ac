package io.github.hanllama.core.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.fake.FakeTokenizer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EosTokensTest {
    private static final FakeTokenizer TOKENIZER = new FakeTokenizer();

    @Test
    void declared_withoutTokenizer_isTrusted() {
        assertThat(EosTokens.resolve(List.of(7, 8), Optional.empty())).containsExactlyInAnyOrder(7, 8);
    }

    @Test
    void declared_wrongIdsOfOldConfigurations_areDropped() {
        assertThat(EosTokens.resolve(List.of(0, 1, -1), Optional.of(TOKENIZER))).containsExactly(FakeTokenizer.EOS);
    }

    @Test
    void declared_moreThanTheTokenizers_areAllKept() {
        assertThat(EosTokens.resolve(List.of(2, 50), Optional.of(TOKENIZER))).containsExactlyInAnyOrder(2, 50);
    }
}
