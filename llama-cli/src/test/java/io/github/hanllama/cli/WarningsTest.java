package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.hub.TransferOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WarningsTest {
    private static final Logger LOGGER = Logger.getLogger("io.github.hanllama.test");

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Terminal terminal =
            new Terminal(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream(), err, false);

    @AfterEach
    void silence() {
        LogManager.getLogManager().reset();
    }

    @Test
    void warning_isKeptUntilAskedFor_onOneLine() {
        Warnings warnings = Warnings.install(terminal, false);
        LOGGER.warning("rows\nand \u001b[1mtokens");
        LOGGER.info("engine java");

        assertThat(err.size()).isZero();
        warnings.flush();
        assertThat(err).hasToString("llama: warning: rows\uFFFDand \uFFFD[1mtokens\n");
    }

    @Test
    void wait_isShownAtOnce() {
        Warnings.install(terminal, false);
        Logger.getLogger(TransferOptions.WAITS).warning("the hub is busy; trying again in 4 seconds");

        assertThat(err).hasToString("llama: warning: the hub is busy; trying again in 4 seconds\n");
    }

    @Test
    void wait_onAWatchedTerminal_takesThePlaceOfProgress() {
        Terminal watched = new Terminal(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream(), err, true);
        Warnings.install(watched, false);
        watched.error("download 12 % model.safetensors");
        Logger.getLogger(TransferOptions.WAITS).warning("the hub is busy; trying again in 4 seconds");

        assertThat(err)
                .hasToString("download 12 % model.safetensors"
                        + "\r\u001b[Kllama: warning: the hub is busy; trying again in 4 seconds\n");
    }

    @Test
    void debug_showsInformationAtOnce() {
        Warnings.install(terminal, true);
        LOGGER.info("engine java");

        assertThat(err).hasToString("llama: info: engine java\n");
    }
}
