package io.github.hanllama.lora;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.RopeScaling;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an adapter's folder holds beside the weights.
 *
 * @param config the whole {@code config.json} that adapters for longer contexts bring
 * @param maxPositionEmbeddings what that says explicitly
 * @param ropeScaling likewise
 */
record AdapterExtras(
        Optional<Tokenizer> tokenizer,
        Optional<LlamaConfig> config,
        OptionalInt maxPositionEmbeddings,
        Optional<RopeScaling> ropeScaling,
        List<Path> companionFiles) {
    private static final System.Logger LOG = System.getLogger(AdapterExtras.class.getName());

    static AdapterExtras read(ModelFiles files) {
        Optional<Tokenizer> tokenizer = tokenizer(files);
        List<Path> companions = CompanionFiles.of(files, tokenizer.isPresent());
        if (!files.names().contains(LoraFiles.CONFIG)) {
            return new AdapterExtras(tokenizer, Optional.empty(), OptionalInt.empty(), Optional.empty(), companions);
        }
        String where = files.origin() + "/" + LoraFiles.CONFIG;
        byte[] document = LoraFiles.json(files, LoraFiles.CONFIG);
        ObjectNode json = StrictJson.object(document, where);
        LlamaConfig config = HfConfig.read(document, where, warning -> LOG.log(Level.WARNING, warning));
        boolean longer = json.hasNonNull("max_position_embeddings");
        boolean scaled = json.hasNonNull("rope_scaling") || json.hasNonNull("rope_parameters");
        return new AdapterExtras(
                tokenizer,
                Optional.of(config),
                longer ? OptionalInt.of(config.maxPositionEmbeddings()) : OptionalInt.empty(),
                scaled ? Optional.of(config.ropeScaling()) : Optional.empty(),
                companions);
    }

    private static Optional<Tokenizer> tokenizer(ModelFiles files) {
        Optional<String> name =
                LoraFiles.TOKENIZERS.stream().filter(files.names()::contains).findFirst();
        return name.map(file -> load(files.path(file).toAbsolutePath().resolveSibling(""), files.origin()));
    }

    private static Tokenizer load(Path folder, String origin) {
        try {
            return Tokenizers.load(folder);
        } catch (TokenizerException e) {
            throw new ModelFormatException(origin + ": " + e.getMessage(), e);
        }
    }
}
