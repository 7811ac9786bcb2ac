package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.nio.file.Path;
import java.util.Optional;

/** The chat template that came with a model, as text from an untrusted file. */
public final class ChatTemplateText {
    private ChatTemplateText() {}

    /**
     * That of the files beside the weights, else that inside of them.
     *
     * @throws ModelFormatException when a file that may declare one is malformed
     */
    public static Optional<String> of(Checkpoint checkpoint) {
        return checkpoint.companionFiles().stream()
                .filter(file -> file.endsWith("tokenizer_config.json") || file.endsWith("chat_template.jinja"))
                .findFirst()
                .map(Path::getParent)
                .flatMap(ChatTemplateText::in)
                .or(checkpoint::chatTemplate);
    }

    /** That of a folder. */
    public static Optional<String> in(Path folder) {
        try {
            return Optional.ofNullable(Tokenizers.chatTemplates(folder).get("default"));
        } catch (TokenizerException e) {
            throw new ModelFormatException(folder + ": " + e.getMessage(), e);
        }
    }
}
