package io.github.hanllama.pytorch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PyTorchDiagnosisTest {
    @Test
    void found_saysWhatInOneSentence() {
        PyTorchDiagnosis diagnosis = PyTorchDiagnosis.get();
        assertThat(diagnosis.usable()).isTrue();
        assertThat(diagnosis.devices()).startsWith("cpu");
        assertThat(diagnosis.sentence())
                .startsWith("libtorch 2.7.1 (")
                .contains(LibtorchFiles.platform(), "on cpu")
                .matches(".*bf16 (native|emulated), int8 (native|emulated), int4 (packed|unpacked)");
    }

    @Test
    void loading_leavesNoWayToTheNetwork() {
        assertThat(PyTorchDiagnosis.get().usable()).isTrue();
        assertThat(DjlSettings.find("DJL_OFFLINE").or(() -> DjlSettings.find("ai.djl.offline")))
                .contains("true");
        assertThat(DjlSettings.find("OPT_OUT_TRACKING")).contains("true");
    }
}
