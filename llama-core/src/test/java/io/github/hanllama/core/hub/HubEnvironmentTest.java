package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubEnvironmentTest {
    @TempDir
    private Path home;

    private HubOptions options(String... variables) {
        return options(HubKind.HUGGING_FACE, variables);
    }

    private HubOptions options(HubKind hub, String... variables) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < variables.length; i += 2) {
            map.put(variables[i], variables[i + 1]);
        }
        return HubOptions.fromEnvironment(hub, map, home);
    }

    private static String token(HubOptions options) {
        return options.token().map(HubToken::value).orElse("none");
    }

    @Test
    void defaults() {
        HubOptions options = options();

        assertThat(options.endpoint()).isEqualTo(URI.create("https://huggingface.co"));
        assertThat(options.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(options.token()).isEmpty();
        assertThat(options.offline()).isFalse();
        assertThat(options.symlinks()).isTrue();
        assertThat(options.transfer()).isEqualTo(TransferOptions.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource({
        "XDG_CACHE_HOME, /x, '', '', /x/huggingface/hub",
        "HF_HOME, /h, XDG_CACHE_HOME, /x, /h/hub",
        "HUGGINGFACE_HUB_CACHE, /old, HF_HOME, /h, /old",
        "HF_HUB_CACHE, /c, HUGGINGFACE_HUB_CACHE, /old, /c",
        "HF_HUB_CACHE, $BASE/c, BASE, /b, /b/c",
        "HF_HUB_CACHE, ${BASE}x/c, BASE, /b, /bx/c",
        "HF_HUB_CACHE, /$UNKNOWN/c, BASE, /b, /$UNKNOWN/c"
    })
    void cache(String name, String value, String other, String otherValue, String expected) {
        HubOptions options = other.isEmpty() ? options(name, value) : options(name, value, other, otherValue);

        assertThat(options.cache()).isEqualTo(Path.of(expected));
    }

    @Test
    void cache_ofHome() {
        assertThat(options("HF_HOME", "~/models").cache()).isEqualTo(home.resolve("models/hub"));
    }

    @Test
    void token_inTheOrderOfPython() throws IOException {
        Path file = home.resolve(".cache/huggingface/token");
        Files.createDirectories(file.getParent());
        Files.writeString(file, " hf_file\r\n");
        Path other = Files.writeString(home.resolve("other"), "hf_other");

        assertThat(token(options())).isEqualTo("hf_file");
        assertThat(token(options("HF_TOKEN_PATH", other.toString()))).isEqualTo("hf_other");
        assertThat(token(options("HUGGING_FACE_HUB_TOKEN", "hf_old"))).isEqualTo("hf_old");
        assertThat(token(options("HUGGING_FACE_HUB_TOKEN", "hf_old", "HF_TOKEN", "hf_new\n")))
                .isEqualTo("hf_new");
        assertThat(token(options("HF_TOKEN", "  ", "HUGGING_FACE_HUB_TOKEN", "hf_old")))
                .isEqualTo("hf_old");
        assertThat(token(options("HF_TOKEN", "hf_new", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")))
                .isEqualTo("none");
        assertThat(token(options("HF_TOKEN", "hf_new").token(HubToken.of("hf_mine"))))
                .isEqualTo("hf_mine");
        assertThat(token(options("HF_TOKEN", "hf_new").noToken())).isEqualTo("none");
    }

    @Test
    void token_isNeverShown() {
        HubOptions options = options("HF_TOKEN", "hf_secret");

        assertThat(options.toString()).doesNotContain("hf_secret");
        assertThatThrownBy(() -> options("HF_TOKEN", "hf secret\u4e2d"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("HF_TOKEN: ")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @CsvSource({"1, true", "on, true", "Yes, true", "TRUE, true", "0, false", "false, false", "2, false"})
    void offline(String value, boolean expected) {
        assertThat(options("HF_HUB_OFFLINE", value).offline()).isEqualTo(expected);
        assertThat(options("TRANSFORMERS_OFFLINE", value).offline()).isEqualTo(expected);
    }

    @Test
    void timeoutsAndLinks() {
        HubOptions options =
                options("HF_HUB_ETAG_TIMEOUT", "3", "HF_HUB_DOWNLOAD_TIMEOUT", "7", "HF_HUB_DISABLE_SYMLINKS", "1");

        assertThat(options.transfer().headerTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(options.transfer().stallTimeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(options.symlinks()).isFalse();
        assertThatThrownBy(() -> options("HF_HUB_ETAG_TIMEOUT", "soon"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HF_HUB_ETAG_TIMEOUT: expected whole seconds, found soon");
    }

    @Test
    void endpoint_isAMirrorWithoutSlash() {
        assertThat(options("HF_ENDPOINT", "https://hf-mirror.com//").endpoint())
                .isEqualTo(URI.create("https://hf-mirror.com"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://x", "file:///x", "https://", "https://user:pw@x", "https://x?y", "://"})
    void endpoint_refuses(String value) {
        assertThatThrownBy(() -> options("HF_ENDPOINT", value)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void modelScope() {
        HubOptions options = options(
                HubKind.MODEL_SCOPE,
                "MODELSCOPE_CACHE",
                "/m",
                "MODELSCOPE_DOMAIN",
                "www.modelscope.ai",
                "MODELSCOPE_API_TOKEN",
                "ms-1",
                "HF_TOKEN",
                "hf_secret");

        assertThat(options.endpoint()).isEqualTo(URI.create("https://www.modelscope.ai"));
        assertThat(options.cache()).isEqualTo(Path.of("/m/hanllama"));
        assertThat(token(options)).isEqualTo("ms-1");
        assertThat(options(HubKind.MODEL_SCOPE).endpoint()).isEqualTo(URI.create("https://modelscope.cn"));
    }

    private static Proxy proxy(String uri, String... variables) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < variables.length; i += 2) {
            map.put(variables[i], variables[i + 1]);
        }
        return new EnvironmentProxies(map).select(URI.create(uri)).getFirst();
    }

    @Test
    void proxies() {
        String hub = "https://huggingface.co/x";
        Proxy expected = new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy", 3128));

        assertThat(proxy(hub)).isEqualTo(Proxy.NO_PROXY);
        assertThat(proxy(hub, "HTTPS_PROXY", "http://proxy:3128")).isEqualTo(expected);
        assertThat(proxy(hub, "https_proxy", "proxy:3128", "HTTPS_PROXY", "http://other:1"))
                .isEqualTo(expected);
        assertThat(proxy(hub, "ALL_PROXY", "http://proxy:3128")).isEqualTo(expected);
        assertThat(proxy(hub, "HTTP_PROXY", "http://proxy:3128")).isEqualTo(Proxy.NO_PROXY);
        assertThat(proxy("http://x/", "HTTP_PROXY", "http://proxy:3128")).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "huggingface.co, true",
        "' a.b ,huggingface.co', true",
        ".co, true",
        "*.co, true",
        "*, true",
        "huggingface.co:443, false",
        "ace.co, false",
        "'', false"
    })
    void proxies_exempt(String noProxy, boolean direct) {
        Proxy proxy = proxy("https://huggingface.co/x", "HTTPS_PROXY", "http://proxy:3128", "NO_PROXY", noProxy);

        assertThat(proxy.equals(Proxy.NO_PROXY)).isEqualTo(direct);
    }

    @Test
    void proxies_withPassword_areRefusedWithoutSayingIt() {
        assertThatThrownBy(() -> proxy("https://x/", "HTTPS_PROXY", "http://user:secret@proxy:1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }
}
