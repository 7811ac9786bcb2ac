import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.pytorch.PyTorchEngine;
import io.github.hanllama.pytorch.PyTorchHybridEngine;
import org.jspecify.annotations.NullMarked;

/** An engine on libtorch, through DJL. */
@NullMarked
module io.github.hanllama.pytorch {
    requires static org.jspecify;
    requires transitive io.github.hanllama.core;
    requires ai.djl.api;
    requires ai.djl.pytorch_engine;
    requires jdk.management;
    requires java.management;

    exports io.github.hanllama.pytorch;

    provides Engine with
            PyTorchEngine,
            PyTorchHybridEngine;
}
