package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.ModelFormatException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class TrialTest {
    private static final byte[] INPUT = {1, 2, 3};

    private byte[] garbage = {};

    @Test
    void input_usedOrRefused() {
        assertThat(Trial.run(target(input -> {}), INPUT)).isEqualTo(Trial.Outcome.USED);
        assertThat(Trial.run(refusing("f: bad"), INPUT)).isEqualTo(Trial.Outcome.REFUSED);
    }

    @Test
    void exception_ofAnotherKind() {
        FuzzTarget target = target(input -> {
            throw new IllegalStateException("never");
        });
        assertThatThrownBy(() -> Trial.run(target, INPUT))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("never");
    }

    @Test
    void message_withControlCharacter() {
        assertThatThrownBy(() -> Trial.run(refusing("f: bad\u001b[2J"), INPUT)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Trial.run(refusing(" "), INPUT)).isInstanceOf(AssertionError.class);
    }

    @Test
    void memory_outOfProportion() {
        FuzzTarget target = target(input -> garbage = new byte[(int) Trial.MAX_ALLOCATED_BYTES + 1]);
        assertThatThrownBy(() -> Trial.run(target, INPUT))
                .hasMessageContaining("bytes allocated for an input of 3 bytes");
        assertThat(garbage).isNotEmpty();
    }

    private static FuzzTarget refusing(String message) {
        return target(input -> {
            throw new ModelFormatException(message);
        });
    }

    private static FuzzTarget target(Consumer<byte[]> body) {
        return new FuzzTarget() {
            @Override
            public void run(byte[] input) {
                body.accept(input);
            }

            @Override
            public void seeds(Seeds seeds) {
                seeds.text("");
            }
        };
    }
}
