package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.tokenizer.GgufVocabulary;
import io.github.hanllama.tokenizer.TokenizerFolder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The tokenizer that lay inside a weight file, as the files that lie beside the weights in a folder. */
final class InsideTokenizer {
    private static final List<String> NAMES = List.of("tokenizer.model", "tokenizer.json");

    private InsideTokenizer() {}

    /** The content of each file by its name; none when there is no tokenizer, or it is in files already. */
    static SequencedMap<String, byte[]> files(Checkpoint checkpoint) {
        boolean beside = checkpoint.companionFiles().stream()
                .map(Path::getFileName)
                .map(String::valueOf)
                .anyMatch(NAMES::contains);
        return beside
                ? new LinkedHashMap<>()
                : checkpoint
                        .tokenizer()
                        .map(tokenizer ->
                                TokenizerFolder.files(GgufVocabulary.of(tokenizer), checkpoint.chatTemplate()))
                        .orElseGet(LinkedHashMap::new);
    }
}
