package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.hanllama.core.error.UnsupportedModelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(5)
class ModulePatternTest {
    private static final String MODULE = "model.layers.11.self_attn.q_proj";

    @Test
    void ending_startsAtADot() {
        assertThat(ModulePattern.ending("q_proj").matches(MODULE)).isTrue();
        assertThat(ModulePattern.ending("proj").matches(MODULE)).isFalse();
        assertThat(ModulePattern.ending("k_proj|q_proj").matches(MODULE)).isTrue();
    }

    @Test
    void ending_unbalancedInside_isRefused() {
        assertThatExceptionOfType(UnsupportedModelException.class)
                .isThrownBy(() -> ModulePattern.ending("a)|(b"))
                .withMessageContaining("'a)|(b'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u001b[2J(", "\\p{\u001b}", "\u001b{2000}"})
    void refusal_hasNoControlCharacters(String regex) {
        assertThatExceptionOfType(UnsupportedModelException.class)
                .isThrownBy(() -> ModulePattern.ending(regex))
                .satisfies(refusal -> assertThat(refusal.getMessage().chars()).noneMatch(Character::isISOControl));
    }

    @Test
    void whole_asTrainersWriteThem() {
        ModulePattern pattern =
                ModulePattern.whole("(?:.*?(?:language|text).*?(?:self_attn|mlp).*?(?:q_proj|v_proj).*?)"
                        + "|(?:\\bmodel\\.layers\\.[\\d]{1,}\\.(?:self_attn|mlp)\\.(?:(?:q_proj|v_proj)))");

        assertThat(pattern.matches(MODULE)).isTrue();
        assertThat(pattern.matches("model.layers.11.mlp.gate_proj")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"(.*)*(.*)*(.*)*(.*)*(.*)*(.*)*x", ".*.*.*.*.*.*.*.*x"})
    void backtracking_isCutShort(String regex) {
        assertThatExceptionOfType(UnsupportedModelException.class)
                .isThrownBy(() -> ModulePattern.whole(regex).matches(MODULE))
                .withMessageContaining("backtracks without end");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(?:){2000000000}", "(((?:){99}){99}){99}", "a{1,99999999999999999999}"})
    void countedNothing_isRefused(String regex) {
        assertThatExceptionOfType(UnsupportedModelException.class)
                .isThrownBy(() -> ModulePattern.whole(regex))
                .withMessageContaining("exceed 1000");
    }

    @Test
    void tooLong_isRefused() {
        assertThatExceptionOfType(UnsupportedModelException.class)
                .isThrownBy(() -> ModulePattern.whole("a".repeat(2001)))
                .withMessageContaining("1..2000 characters, found 2001");
    }

    @Test
    void nested_asDeepAsIsAllowed_isRead() {
        ModulePattern pattern = ModulePattern.whole("(".repeat(100) + ".*" + ")".repeat(100));

        assertThat(pattern.matches(MODULE)).isTrue();
    }

    /** Otherwise the stack of whoever loads the adapter overflows. */
    @ParameterizedTest
    @CsvSource({"(, )", "[, ]"})
    void nestedDeeper_isRefused(String open, String close) {
        assertThatExceptionOfType(UnsupportedModelException.class)
                .isThrownBy(() -> ModulePattern.whole(open.repeat(990) + "a" + close.repeat(990)))
                .withMessageContaining("may have 100 opening brackets, found 990; name the modules in a list instead");
    }
}
