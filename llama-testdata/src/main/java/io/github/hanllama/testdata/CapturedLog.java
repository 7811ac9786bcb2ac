package io.github.hanllama.testdata;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What a logger is told, in place of the console, until this is closed. */
public final class CapturedLog implements AutoCloseable {
    private final Logger log;
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final Handler handler;

    public CapturedLog(String logger) {
        this(logger, message -> {});
    }

    /** @param listener is told each message at once, by the thread that logs it */
    public CapturedLog(String logger, Consumer<String> listener) {
        log = Logger.getLogger(logger);
        handler = new Handler() {
            private final SimpleFormatter format = new SimpleFormatter();

            @Override
            public void publish(LogRecord entry) {
                String message = format.formatMessage(entry);
                messages.add(message);
                listener.accept(message);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        log.addHandler(handler);
        log.setUseParentHandlers(false);
    }

    /** So far, in order, with their parameters. */
    public List<String> messages() {
        return List.copyOf(messages);
    }

    @Override
    public void close() {
        log.removeHandler(handler);
        log.setUseParentHandlers(true);
    }
}
