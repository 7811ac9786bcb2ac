package io.github.hanllama.core.checkpoint.meta;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.file.SmallFiles;
import io.github.hanllama.core.checkpoint.write.MergeManifest;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.MetaParams;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.core.source.FileRanges;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Stream;

/** The whole configuration of a model that was written in Meta's format here: its manifest says what params.json cannot. */
final class KeptConfig {
    private static final int MAX_MANIFEST_BYTES = 64 << 20;
    private static final int NO_TOKENIZER = 0;

    private KeptConfig() {}

    /** None when params.json is not as it was written with the manifest: then it alone counts. */
    static Optional<LlamaConfig> of(FileRanges files, byte[] params) {
        if (!files.names().contains(MergeManifest.NAME)) {
            return Optional.empty();
        }
        String file = files.origin() + "/" + MergeManifest.NAME;
        ObjectNode manifest = StrictJson.object(SmallFiles.read(files, MergeManifest.NAME, MAX_MANIFEST_BYTES), file);
        return Stream.of(manifest.path(MergeManifest.CONFIG))
                .filter(ObjectNode.class::isInstance)
                .map(json -> HfConfig.read(json.toString().getBytes(StandardCharsets.UTF_8), file, _ -> {}))
                .filter(config -> isOf(config, new String(params, StandardCharsets.UTF_8)))
                .findFirst();
    }

    private static boolean isOf(LlamaConfig config, String params) {
        return Stream.of(NO_TOKENIZER, config.vocabSize())
                .anyMatch(tokens -> MetaParams.write(config, tokens).equals(params));
    }
}
