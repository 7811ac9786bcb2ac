package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessorTest {
    @Test
    void amd_byTheVendorAlone() {
        assertThat(Processor.amd(List.of("processor\t: 0", "vendor_id\t: AuthenticAMD")))
                .isTrue();
        assertThat(Processor.amd(List.of("vendor_id\t: GenuineIntel", "model name\t: not AuthenticAMD")))
                .isFalse();
        assertThat(Processor.amd(List.of())).isFalse();
    }
}
