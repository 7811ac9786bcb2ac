package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Jazzer on all targets together for some seconds, or on {@code -Dfuzz.target} alone, for {@code -Dfuzz.seconds}. */
@Execution(ExecutionMode.CONCURRENT)
class FuzzingTest {
    private static final String TARGET = System.getProperty("fuzz.target", Targets.ALL_TOGETHER);
    private static final int SECONDS = Integer.getInteger("fuzz.seconds", 15);

    @Test
    void parsers_haveNoFinding() {
        System.out.println(new JazzerRun(TARGET).fuzz(SECONDS));
    }

    /** That silence means something. The run ends with the finding, after seconds. */
    @Test
    void plantedMistake_isFound() {
        assertThatThrownBy(() -> new JazzerRun(Targets.PLANTED).fuzz(300))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("ArithmeticException: planted")
                .hasMessageContaining("-Dfuzz.input=");
    }
}
