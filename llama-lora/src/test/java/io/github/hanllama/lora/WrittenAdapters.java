package io.github.hanllama.lora;

import static io.github.hanllama.lora.TinyModel.WIDTH;

import java.nio.file.Path;
import java.util.List;

/** Adapters of the kinds there are for a {@link TinyModel}, in folders of their names. */
record WrittenAdapters(Path folder) {
    LoraWeights open(String name) {
        return FolderFiles.of(folder.resolve(name)).open();
    }

    LoraAdapter plain(String name, int skipped) {
        return written(name, draft(name, skipped).pairs(WIDTH));
    }

    LoraAdapter rsLora(String name) {
        return written(name, draft(name, 4).set("use_rslora", "true").pairs(WIDTH));
    }

    LoraAdapter dora(String name) {
        AdapterFolder draft = draft(name, 0).set("use_dora", "true").pairs(WIDTH);
        for (int layer = 0; layer < TinyModel.LAYERS; layer++) {
            for (String module : List.of("q_proj", "v_proj")) {
                draft.random(
                        AdapterFolder.PREFIX + "model.layers." + layer + ".self_attn." + module
                                + ".lora_magnitude_vector",
                        WIDTH);
            }
        }
        return written(name, draft);
    }

    LoraAdapter grown(String name, int skipped, int rows) {
        return written(
                name,
                draft(name, skipped)
                        .set("modules_to_save", "[\"embed_tokens\", \"lm_head\"]")
                        .pairs(WIDTH)
                        .vocabulary(rows, WIDTH));
    }

    /** Random numbers start somewhere else for each adapter. */
    AdapterFolder draft(String name, int skipped) {
        return new AdapterFolder(folder.resolve(name))
                .random("skipped", skipped + 1)
                .remove("skipped");
    }

    LoraAdapter written(String name, AdapterFolder draft) {
        draft.files();
        return LoraAdapter.of(folder.resolve(name));
    }
}
