import org.jspecify.annotations.NullMarked;

/** A small trained LLaMA and two Chinese adapters for it, as resources. */
@NullMarked
module io.github.hanllama.demo {
    requires static org.jspecify;
    requires transitive io.github.hanllama.core;

    exports io.github.hanllama.demo;
}
