import org.jspecify.annotations.NullMarked;

/** Number formats and the kernels that compute on them: numbers in, numbers out. */
@NullMarked
module io.github.hanllama.quant {
    requires static org.jspecify;
    requires static jdk.incubator.vector;

    exports io.github.hanllama.quant;
}
