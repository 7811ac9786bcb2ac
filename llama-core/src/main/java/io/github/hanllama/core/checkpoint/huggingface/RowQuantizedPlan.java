package io.github.hanllama.core.checkpoint.huggingface;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.file.WeightKind;
import io.github.hanllama.core.checkpoint.rowquantized.RowQuantizedCheckpoint;
import io.github.hanllama.core.checkpoint.write.FolderPlan;
import io.github.hanllama.core.checkpoint.write.MergeManifest;
import io.github.hanllama.core.checkpoint.write.ShardFile;
import io.github.hanllama.core.checkpoint.write.ShardPlan;
import io.github.hanllama.core.checkpoint.write.WriteJob;
import io.github.hanllama.core.checkpoint.write.WriteJournal;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.RowQuantization;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** Hugging Face folders in ChatGLM's scheme, with {@code quantization_bit} in the configuration as there. */
public final class RowQuantizedPlan implements FolderPlan {
    private static final String CONFIG = "config.json";

    private final RowQuantization kind;
    private final HfPlan files;

    public RowQuantizedPlan(RowQuantization kind, Checkpoint checkpoint, WriteOptions options) {
        if (options.dtype().isPresent() && options.dtype().get() != DType.F16) {
            throw new IllegalArgumentException("weights in whole numbers have f16 beside them, dtype was "
                    + options.dtype().get());
        }
        this.kind = kind;
        Checkpoint quantized = RowQuantizedCheckpoint.of(checkpoint, kind); // closed with what it is made of
        this.files = new HfPlan(WeightKind.SAFETENSORS, quantized, options.dtype(DType.F16));
    }

    @Override
    public List<ShardPlan> shards() {
        return files.shards();
    }

    @Override
    public List<WriteJob> jobs(List<ShardFile> shards, Optional<WriteJournal> journal, MergeManifest manifest) {
        return files.jobs(shards, journal, manifest);
    }

    @Override
    public SequencedMap<String, String> texts() {
        SequencedMap<String, String> texts = files.texts();
        String config = String.valueOf(texts.get(CONFIG));
        ObjectNode json = StrictJson.object(config.getBytes(StandardCharsets.UTF_8), CONFIG);
        texts.put(CONFIG, PrettyJson.print(json.put("quantization_bit", kind.bits())));
        return texts;
    }
}
