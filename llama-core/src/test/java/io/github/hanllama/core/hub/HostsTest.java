package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.HubException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostsTest {
    private static Hosts hosts(String endpoint, boolean tokenToMirror) {
        return new Hosts(HubOptions.fromEnvironment(HubKind.HUGGING_FACE, Map.of(), Path.of("/nowhere"))
                .endpoint(URI.create(endpoint))
                .tokenToMirror(tokenToMirror));
    }

    @ParameterizedTest
    @CsvSource({
        "https://huggingface.co/a, true",
        "https://HuggingFace.co/a, true",
        "https://hf.co/a, true",
        "http://huggingface.co/a, false",
        "https://huggingface.co:8443/a, false",
        "https://cdn-lfs.huggingface.co/a, false",
        "https://huggingface.co.evil.example/a, false",
        "https://xhf.co/a, false"
    })
    void token_ofTheOfficialHub(String uri, boolean known) {
        assertThat(hosts("https://huggingface.co", false).mayKnowToken(URI.create(uri)))
                .isEqualTo(known);
    }

    @Test
    void token_ofAMirror() {
        URI mirror = URI.create("https://hf-mirror.com/a");
        URI official = URI.create("https://huggingface.co/a");

        assertThat(hosts("https://hf-mirror.com", false).mayKnowToken(mirror)).isFalse();
        assertThat(hosts("https://hf-mirror.com", true).mayKnowToken(mirror)).isTrue();
        assertThat(hosts("https://hf-mirror.com", true).mayKnowToken(official)).isFalse();
        assertThat(hosts("http://huggingface.co", false).mayKnowToken(URI.create("http://huggingface.co/a")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://huggingface.co/a",
                "http://93.184.216.34/a",
                "https://169.254.169.254/latest/meta-data",
                "https://127.0.0.1/a",
                "https://localhost/a",
                "https://[::1]/a",
                "https://[fd00::1]/a",
                "https://10.0.0.1/a",
                "https://0.0.0.0/a",
                "file:///etc/passwd",
                "ftp://x/y",
                "https:/nohost"
            })
    void hu8_redirect_refused(String target) {
        URI from = URI.create("https://huggingface.co/x");

        assertThatThrownBy(() -> hosts("https://huggingface.co", false).requireAllowed(from, URI.create(target)))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("refused");
    }

    @Test
    void redirect_allowed() {
        URI from = URI.create("https://huggingface.co/x");
        URI local = URI.create("http://127.0.0.1:1/x");

        assertThatCode(() -> hosts("https://huggingface.co", false)
                        .requireAllowed(from, URI.create("https://93.184.216.34/x")))
                .doesNotThrowAnyException();
        assertThatCode(() ->
                        hosts("http://127.0.0.1:1", false).requireAllowed(local, URI.create("http://127.0.0.1:2/x")))
                .doesNotThrowAnyException();
    }
}
