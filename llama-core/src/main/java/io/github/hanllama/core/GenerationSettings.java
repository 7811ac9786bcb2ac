package io.github.hanllama.core;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.checkpoint.ChatTemplateText;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What small files beside a model say about writing with it: {@code generation_config.json} more ids that end a text (its
 * other values are not applied), the tokenizer's files a chat template.
 */
final class GenerationSettings {
    private static final String FILE_NAME = "generation_config.json";
    private static final int MAX_BYTES = 1 << 20;

    private GenerationSettings() {}

    /** {@code eos_token_id}, a number or a list of numbers; none when the file or the entry is absent. */
    static List<Integer> eosTokenIds(Checkpoint checkpoint) {
        List<Integer> ids = new ArrayList<>();
        for (Path file : checkpoint.companionFiles()) {
            if (file.endsWith(FILE_NAME)) {
                collect(StrictJson.object(read(file), file.toString()).path("eos_token_id"), file, ids);
            }
        }
        return ids;
    }

    /**
     * The template of the folder that the tokenizer is from, or that of the weight file that it is in; of a single tokenizer
     * file nothing is known.
     *
     * @param tokenizer named by the user instead of the model's
     */
    static Optional<String> chatTemplate(Checkpoint checkpoint, Optional<Path> tokenizer) {
        return tokenizer.isPresent()
                ? tokenizer.filter(Files::isDirectory).flatMap(ChatTemplateText::in)
                : ChatTemplateText.of(checkpoint);
    }

    private static void collect(JsonNode value, Path file, List<Integer> ids) {
        if (value.isArray()) {
            value.forEach(each -> collect(each, file, ids));
        } else if (value.canConvertToInt() && value.isIntegralNumber()) {
            ids.add(value.intValue());
        } else if (!value.isMissingNode() && !value.isNull()) {
            throw new ModelFormatException(file + ": eos_token_id: expected an integer or a list of integers, found "
                    + StrictJson.printable(value.toString()));
        }
    }

    private static byte[] read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new ModelFormatException(file + ": larger than " + MAX_BYTES + " bytes, is it another file?");
            }
            return bytes;
        } catch (IOException e) {
            throw new ModelNotFoundException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
