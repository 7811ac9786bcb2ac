package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.core.Llama;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {
    @Test
    void text_isTheReport() {
        assertThat(Cli.run("doctor")).isEqualTo(new Result(0, Llama.doctor().text() + "\n", ""));
    }

    @Test
    void json_isOneObject() throws IOException {
        Result result = Cli.run("doctor", "--json");

        JsonNode report = JsonMapper.builder().build().readTree(result.out());
        assertThat(result.outLines()).hasSize(1);
        assertThat(report.get("cores").intValue())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(report.get("vector_module").booleanValue())
                .isEqualTo(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
        assertThat(report.fieldNames())
                .toIterable()
                .contains("java", "kernels", "engines", "adapter_kinds", "flags_to_add", "warnings");
    }
}
