package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.HubException;
import io.github.hanllama.testdata.FakeHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache that somebody or something has damaged. */
@Timeout(30)
class CacheStateTest extends HubTestCase {
    @ParameterizedTest
    @ValueSource(strings = {"", "main", "0123456789abcdef0123456789abcdef01234567\\n", "../../../etc"})
    void hu15_commitOfTheHubThatIsNone(String sha) {
        hub.hubFault("GET", "/revision/", 1, call -> FakeHub.json(call, "{\"sha\":\"" + sha + "\"}"));

        assertRefused("expected a commit of 40 hex digits as sha");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage", "0123456789abcdef0123456789abcdef01234567\n", "../../x"})
    void hu15_refOnDiskThatIsNone_isReplaced(String text) throws IOException {
        pull();
        Path ref = repo().resolve("refs/main");
        Files.writeString(ref, text);

        assertThatThrownBy(() -> pull(source(options().offline(true)))).isInstanceOf(HubException.class);
        assertThat(pull().receivedBytes()).isZero();
        assertThat(ref).hasContent(FakeHub.COMMIT);
    }

    @Test
    void hu16_brokenLink_isHealed() throws IOException {
        pull();
        Files.delete(pointer(WEIGHTS));
        Files.createSymbolicLink(pointer(WEIGHTS), Path.of("../../blobs/nowhere"));
        hub.forget();

        assertPullEndsRight();
        assertThat(hub.downloads()).isEmpty(); // the blob was there
    }

    @Test
    void hu16_circleOfLinks_isHealed() throws IOException {
        pull();
        Files.delete(pointer(WEIGHTS));
        Files.createSymbolicLink(pointer(WEIGHTS), Path.of(WEIGHTS));

        assertPullEndsRight();
    }

    @Test
    void hu16_folderInPlaceOfAFile_isHealed() throws IOException {
        pull();
        Files.delete(pointer(WEIGHTS));
        Files.createDirectory(pointer(WEIGHTS));

        assertPullEndsRight();
    }

    @Test
    void hu16_blobOfAnotherLength_isReplaced_notWrittenTo() throws IOException {
        pull();
        Path copy = folder.resolve("mapped");
        Files.write(blob(WEIGHTS), new byte[] {1, 2, 3});
        Files.createLink(copy, blob(WEIGHTS));

        assertPullEndsRight();
        assertThat(copy).hasBinaryContent(new byte[] {1, 2, 3}); // another process may have it mapped
    }

    @Test
    void hu16_linkOutOfTheCache_isNotFollowed() throws IOException {
        pull();
        Path outside = Files.write(folder.resolve("outside"), flipped());
        Files.delete(blob(WEIGHTS));
        Files.createSymbolicLink(blob(WEIGHTS), outside);

        assertPullEndsRight();
        assertThat(outside).hasBinaryContent(flipped());
    }
}
