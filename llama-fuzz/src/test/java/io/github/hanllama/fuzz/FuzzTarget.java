package io.github.hanllama.fuzz;

import io.github.hanllama.core.error.LlamaException;
import java.util.List;

/** A parser, what to give it first, and what it may do with anything else. */
public interface FuzzTarget {
    /** Parses the input and uses what comes out; throws {@link #refusals()} for input the parser refuses. */
    void run(byte[] input) throws Exception;

    /** What the parser documents for input that is not sound. */
    default List<Class<? extends Exception>> refusals() {
        return List.of(LlamaException.class);
    }

    /** Sound inputs, and unsound ones that get far. */
    void seeds(Seeds seeds);

    /** Longer inputs than that say nothing new; seeds may be longer, they are only replayed. */
    default int maxLength() {
        return 4096;
    }

    /** Jazzer's checks that do not apply: what they look for is intended and bounded. */
    default List<String> disabledHooks() {
        return List.of();
    }
}
