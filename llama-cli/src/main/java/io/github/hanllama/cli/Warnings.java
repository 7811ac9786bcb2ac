package io.github.hanllama.cli;

import io.github.hanllama.core.hub.TransferOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * What the library logs. Warnings are kept until the command has succeeded: when it fails, the one line that says why
 * is all there is. What a download waits for is shown at once, with {@code --debug} everything is.
 */
final class Warnings extends Handler {
    private static final int MOST = 20;

    private final Terminal terminal;
    private final boolean debug;
    private final List<String> kept = new ArrayList<>();

    private Warnings(Terminal terminal, boolean debug) {
        this.terminal = terminal;
        this.debug = debug;
        setFormatter(new SimpleFormatter());
    }

    /** Takes the place of every handler of this JVM. */
    static Warnings install(Terminal terminal, boolean debug) {
        Warnings warnings = new Warnings(terminal, debug);
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(debug ? Level.INFO : Level.WARNING);
        root.addHandler(warnings);
        return warnings;
    }

    @Override
    public synchronized void publish(LogRecord message) {
        String line = "llama: " + message.getLevel().getName().toLowerCase(Locale.ROOT) + ": "
                + Failures.printable(getFormatter().formatMessage(message));
        if (debug || TransferOptions.WAITS.equals(message.getLoggerName())) {
            terminal.errorLine(line);
        } else if (kept.size() < MOST) {
            kept.add(line);
        }
    }

    /** Shows what was kept. */
    @Override
    public synchronized void flush() {
        kept.forEach(terminal::errorLine);
        kept.clear();
    }

    @Override
    public void close() {}
}
