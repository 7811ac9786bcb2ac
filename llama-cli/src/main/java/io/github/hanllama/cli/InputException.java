package io.github.hanllama.cli;

/** Something the user handed in is wrong; the message is the one line they see. */
final class InputException extends RuntimeException {
    InputException(String message) {
        super(message);
    }

    InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
