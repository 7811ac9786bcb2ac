package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubIdTest {
    @ParameterizedTest
    @CsvSource({
        "owner/name, HUGGING_FACE, owner/name, main, ''",
        "gpt2, HUGGING_FACE, gpt2, main, ''",
        "hf://owner/name@refs/pr/1, HUGGING_FACE, owner/name, refs/pr/1, ''",
        "owner/name@v1.0:q4_0.gguf, HUGGING_FACE, owner/name, v1.0, q4_0.gguf",
        "ms://owner/na.me:a/b.gguf, MODEL_SCOPE, owner/na.me, master, a/b.gguf"
    })
    void parse(String text, HubKind hub, String repo, String revision, String file) {
        HubId id = HubId.parse(text);

        assertThat(id.hub()).isEqualTo(hub);
        assertThat(id.repo()).isEqualTo(repo);
        assertThat(id.revision()).isEqualTo(revision);
        assertThat(id.file().orElse("")).isEqualTo(file);
        assertThat(HubId.parse(id.toString())).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/name",
                "owner/",
                "a/b/c",
                "owner/na--me",
                "owner/na..me",
                "owner/name.git",
                "-owner/name",
                "owner/name-",
                "owner/n\u00e4me",
                "owner/name\n",
                "owner/name@",
                "owner/name@../../x",
                "owner/name@a b",
                "owner/name:../x",
                "https://huggingface.co/owner/name",
                "./folder"
            })
    void parse_refuses(String text) {
        assertThatThrownBy(() -> HubId.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void parse_refusesLongNames() {
        assertThatThrownBy(() -> HubId.parse("owner/" + "a".repeat(97))).isInstanceOf(IllegalArgumentException.class);
        assertThat(HubId.parse("owner/" + "a".repeat(96)).repo()).hasSize(102);
    }

    @ParameterizedTest
    @CsvSource({
        "model.safetensors, model.safetensors",
        "a b/c?d#e%f.bin, a%20b/c%3Fd%23e%25f.bin",
        "\u4e2d\u6587.json, %E4%B8%AD%E6%96%87.json"
    })
    void encoded(String path, String expected) {
        assertThat(RepoPaths.encoded(path)).isEqualTo(expected);
        assertThat(RepoPaths.encodedSegment("refs/pr/1")).isEqualTo("refs%2Fpr%2F1");
    }
}
