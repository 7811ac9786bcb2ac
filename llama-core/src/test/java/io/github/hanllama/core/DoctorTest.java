package io.github.hanllama.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.EngineStatus;
import io.github.hanllama.core.engine.LanguageModel;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DoctorTest {
    private static final DoctorReport SCALAR = new DoctorReport(
            "25.0.3+9",
            "Linux amd64",
            2,
            1L << 30,
            24L << 30,
            false,
            "scalar",
            List.of("java", "reference"),
            List.of(),
            Doctor.flagsToAdd(false, true),
            List.of());

    @Test
    void examine_thisMachine_isPlausible() {
        DoctorReport report = Llama.doctor();
        assertThat(report.java()).startsWith(Runtime.version().toString());
        assertThat(report.cores()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(report.memoryBytes()).isGreaterThan(1L << 28);
        assertThat(report.vectorModule())
                .isEqualTo(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
        assertThat(report.flagsToAdd().isEmpty()).isEqualTo(report.vectorModule());
    }

    @Test
    void flagsToAdd_bothMissing_areBothNamed() {
        assertThat(Doctor.flagsToAdd(false, false))
                .satisfiesExactly(
                        vector -> assertThat(vector).isEqualTo("--add-modules jdk.incubator.vector"),
                        pages -> assertThat(pages).startsWith("--enable-native-access="));
        assertThat(Doctor.flagsToAdd(true, true)).isEmpty();
    }

    @Test
    void text_withoutVectorModule_namesTheFlagToAdd() {
        assertThat(SCALAR.text()).isEqualTo("""
                        java       25.0.3+9
                        system     Linux amd64, 2 cores, 24.0 GiB of memory, heap up to 1.0 GiB
                        kernels    scalar (Vector API absent)
                        engines    java, reference
                        adapters   none
                        flags      add --add-modules jdk.incubator.vector
                        All is well.""");
    }

    @Test
    void warnings_oldJvmAndCompactHeadersAndNoEngine_areAllSaid() {
        assertThat(Doctor.warnings(Optional.of("old"), true, List.of(), List.of()))
                .satisfiesExactly(
                        jvm -> assertThat(jvm).isEqualTo("old"),
                        headers -> assertThat(headers).contains("-XX:+UseCompactObjectHeaders", "JDK-8380060"),
                        engines -> assertThat(engines).startsWith("No engine is installed"));
    }

    @Test
    void warnings_engineThatCannotRun_saysWhy() {
        Engine engine = new Engine() {
            @Override
            public String name() {
                return "abacus";
            }

            @Override
            public EngineStatus status() {
                return new EngineStatus(false, "beads are missing");
            }

            @Override
            public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
                throw new AssertionError("only asked");
            }
        };
        assertThat(Doctor.warnings(Optional.empty(), false, List.of("java"), List.of(engine)))
                .containsExactly("The engine abacus cannot run: beads are missing.");
    }

    @Test
    void warnings_allWell_isEmpty() {
        assertThat(Doctor.warnings(Optional.empty(), false, List.of("java"), List.of()))
                .isEmpty();
    }
}
