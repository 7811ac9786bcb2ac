package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessorsTest {
    @TempDir
    Path folder;

    @Test
    void cores_atMostThoseOfTheJvm() {
        assertThat(Processors.cores()).isBetween(1, Runtime.getRuntime().availableProcessors());
    }

    /** Eight processors, two on each core. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"0-7; 4", "0; 1", "0,4; 1", "0-1,4; 2", "2-3,6-7; 2", "5; 1"})
    void physicalCores_ofAllowedProcessors(String allowed, int expected) throws IOException {
        for (int i = 0; i < 8; i++) {
            write("cpu" + i + "/topology/thread_siblings_list", i % 4 + "," + (i % 4 + 4) + "\n");
        }
        write("cpufreq/boost", "1");
        assertThat(physicalCores("Name:\tjava\nCpus_allowed_list:\t" + allowed + "\nMems_allowed:\t1\n"))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Cpus_allowed_list:\t\n", "Cpus_allowed_list:\t3-1\n", "Cpus_allowed_list:\tall\n"})
    void physicalCores_unknown(String status) throws IOException {
        write("cpu0/topology/thread_siblings_list", "0\n");
        assertThat(physicalCores(status)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void physicalCores_anotherSystem() {
        assertThat(Processors.physicalCores(folder.resolve("absent"), folder.resolve("absent")))
                .isEqualTo(Integer.MAX_VALUE);
    }

    private int physicalCores(String status) throws IOException {
        return Processors.physicalCores(folder, Files.writeString(folder.resolve("status"), status));
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
