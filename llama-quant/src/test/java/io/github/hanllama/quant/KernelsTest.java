package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Each run of this module's tests (see the pom) says which kernels it expects, so that none runs the wrong ones. */
class KernelsTest {
    private static final String EXPECTED = System.getProperty("llama.kernels.expected", "simd");

    static boolean simd() {
        return Kernels.choice().simd();
    }

    @Test
    void choice_isTheOneThisRunIsFor() {
        assertThat(Kernels.description()).startsWith(EXPECTED);
    }

    @Test
    void kernels_areOfTheChosenKind() {
        String prefix = EXPECTED.equals("scalar") ? "Scalar" : "Simd";
        assertThat(Kernels.bf16().getClass().getSimpleName()).startsWith(prefix);
        assertThat(Kernels.vector().getClass().getSimpleName()).startsWith(prefix);
        assertThat(Kernels.matrix().getClass().getSimpleName()).startsWith(prefix);
        assertThat(Kernels.blocks().getClass().getSimpleName()).startsWith(prefix);
        assertThat(Kernels.lowRank().getClass().getSimpleName()).startsWith(prefix);
    }

    @Test
    void bits_areTheForcedOnes() {
        String forced = System.getProperty(KernelChoice.BITS);
        if (simd() && forced != null) {
            assertThat(Kernels.choice().bits())
                    .isEqualTo(Math.min(Integer.parseInt(forced), SimdHardware.preferredBits()));
        }
    }
}
