package io.github.hanllama.core.checkpoint.meta;

import static io.github.hanllama.core.checkpoint.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.SafetensorsBytes;
import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.meta.MetaNames.Split;
import io.github.hanllama.core.error.ModelFormatException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetaShardsTest {
    @TempDir
    Path folder;

    /** Each is sound, as an empty tensor of any width is; together they are wider than a long. */
    @Test
    void join_emptyParts() {
        String header = "{" + entry("w", "F16", "[0,2305843009213693952]", "[0,0]") + "}";
        Path shard = SafetensorsBytes.write(folder, header, 0);
        try (SafetensorsFile one = SafetensorsFile.open(shard);
                SafetensorsFile other = SafetensorsFile.open(shard)) {
            MetaShards shards = new MetaShards("folder", List.of(one, other), 64);
            assertThatThrownBy(() -> shards.join("w", Split.COLUMNS))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("w: expected a matrix of F16 not empty, found F16 [0, 2305843009213693952]");
        }
    }
}
