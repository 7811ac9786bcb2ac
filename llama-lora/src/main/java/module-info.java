import io.github.hanllama.core.adapter.AdapterKind;
import io.github.hanllama.lora.DeltaPatchKind;
import io.github.hanllama.lora.LoraAdapterKind;
import org.jspecify.annotations.NullMarked;

/** LoRA adapters of PEFT, merged into a checkpoint in memory. */
@NullMarked
module io.github.hanllama.lora {
    requires static org.jspecify;
    requires transitive io.github.hanllama.core;
    requires com.fasterxml.jackson.databind;

    exports io.github.hanllama.lora;

    provides AdapterKind with
            LoraAdapterKind,
            DeltaPatchKind;
}
