package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.FakeHub;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a hub sends its clients, and what they show there. */
@Timeout(30)
class HubRedirectsTest extends HubTestCase {
    @Test
    void hu8_redirectLoop() {
        hub.hubFault(
                "HEAD", WEIGHTS, 99, call -> FakeHub.redirect(call, call.uri().toString()));

        assertRefused("more than 20 redirects");
        assertThat(hub.seen().stream()
                        .filter(seen ->
                                seen.method().equals("HEAD") && seen.path().contains(WEIGHTS)))
                .hasSize(21);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    file:///etc/passwd         | file://null: refused, expected a http or https address
                    ftp://127.0.0.1/model      | ftp://127.0.0.1: refused, expected a http or https address
                    javascript:alert(1)        | refused, expected a http or https address
                    http://                    | a redirect without a usable Location header
                    ''                         | a redirect without a usable Location header
                    """)
    void hu8_redirectTo(String location, String message) {
        hub.hubFault("GET", WEIGHTS, 1, call -> FakeHub.redirect(call, location));

        assertRefused(message);
    }

    @Test
    void hu8_relativeRedirect_isFollowed() {
        hub.hubFault("HEAD", CONFIG, 1, call -> {
            call.header("Location", call.uri() + "?moved");
            call.begin(307, -1);
            return true;
        });

        assertPullEndsRight();
    }

    @Test
    void hu9_tokenIsNotShownToAnotherHost() {
        HubOptions options = options().token(HubToken.of("hf_secret")).tokenToMirror(true);

        pull(source(options));

        assertThat(hub.seen().stream().filter(seen -> seen.server().equals("hub")))
                .isNotEmpty()
                .allMatch(seen -> seen.header("Authorization").equals("Bearer hf_secret"));
        assertThat(hub.downloads()).isNotEmpty().noneMatch(seen -> seen.has("Authorization"));
    }

    @Test
    void hu9_tokenIsNotShownToAMirror_unlessSaid() {
        pull(source(options().token(HubToken.of("hf_secret"))));

        assertThat(hub.seen()).noneMatch(seen -> seen.has("Authorization"));
    }

    @Test
    void hu9_challengeOfAnotherRealm_isNotAnswered() {
        hub.storageFault(1, FakeHub.status(401, "WWW-Authenticate", "Basic realm=\"elsewhere\""));
        HubOptions options = options().token(HubToken.of("hf_secret")).tokenToMirror(true);

        assertRefused(() -> pull(source(options)), "HTTP 401");
        assertThat(hub.downloads()).hasSize(1).noneMatch(seen -> seen.has("Authorization"));
    }
}
