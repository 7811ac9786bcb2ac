package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.HubException;
import io.github.hanllama.testdata.FakeHub;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of files that name what is no file of a model. */
@Timeout(30)
class HubListingTest extends HubTestCase {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "../model.safetensors",
                "a/../../model.safetensors",
                "/etc/model.safetensors",
                "C:/model.safetensors",
                "D:model.safetensors",
                "\\\\\\\\server\\\\share\\\\model.safetensors",
                "..\\\\model.safetensors",
                "\\\\model.safetensors",
                "a\\u0000/model.safetensors"
            })
    void hu10_namesThatEscape(String name) {
        hub.hubFault(
                "GET",
                "/tree/",
                1,
                call -> FakeHub.json(
                        call, "[" + FakeHub.entry(name, hub.content(WEIGHTS).etag(), SIZE, true) + "]"));

        assertRefused("names a file outside its own folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"con.safetensors", "aux.json", "NUL", "model.safetensors.", "ab:c.safetensors", "LONG"})
    void hu10_namesThatNotEverySystemHas(String name) {
        String path = name.equals("LONG") ? "a".repeat(5000) + ".safetensors" : name;
        hub.hubFault(
                "GET",
                "/tree/",
                1,
                call -> FakeHub.json(
                        call,
                        "[" + FakeHub.entry(path, hub.content(WEIGHTS).etag(), SIZE, true) + ","
                                + FakeHub.entry(CONFIG, hub.content(CONFIG).etag(), config.length, false) + "]"));

        assertThat(pull().names()).containsExactly(CONFIG);
        assertThat(repo().resolve("trees")).doesNotExist(); // it would hide the file from Python's client
    }

    @Test
    void hu10_twins() {
        assertThat(RepoPaths.twins(java.util.List.of("Model.bin", "a.json", "model.bin")))
                .hasValue("Model.bin and model.bin");
        assertThat(RepoPaths.twins(java.util.List.of("caf\u00e9", "cafe\u0301")))
                .isPresent();
        assertThat(RepoPaths.twins(java.util.List.of("a", "b"))).isEmpty();
    }

    @Test
    void hu11_pagesInACircle() {
        hub.hubFault("GET", "/tree/", 99, call -> {
            call.header("Link", "<" + hub.endpoint() + call.uri() + ">; rel=\"next\"");
            return FakeHub.json(call, "[]");
        });

        assertRefused("the list of files does not end");
    }

    @Test
    void hu11_pagesWithoutEnd() {
        AtomicInteger page = new AtomicInteger();
        hub.hubFault("GET", "/tree/", 999, call -> {
            String next = call.uri().getPath() + "?page=" + page.incrementAndGet();
            call.header("Link", "<" + hub.endpoint() + next + ">; rel=\"next\"");
            return FakeHub.json(call, "[]");
        });

        assertRefused("the list of files does not end; found 201 pages");
    }

    @Test
    void hu11_pagesElsewhere() {
        hub.hubFault("GET", "/tree/", 1, call -> {
            call.header("Link", "<" + hub.storageEndpoint() + "/tree>; rel=\"next\"");
            return FakeHub.json(call, "[]");
        });

        assertRefused("the list of files goes on at another host");
    }

    @Test
    void hu11_severalPages() {
        hub.hubFault("GET", "/tree/", 1, call -> {
            call.header("Link", "</api/models/han/poet/tree/" + FakeHub.COMMIT + "?cursor=2>; rel=\"next\"");
            return FakeHub.json(call, "[]");
        });

        assertPullEndsRight();
    }

    @Test
    void hu11_tooManyFiles() {
        TreeReader tree = new TreeReader(HubId.parse(FakeHub.REPO), FakeHub.COMMIT);
        com.fasterxml.jackson.databind.node.IntNode size = com.fasterxml.jackson.databind.node.IntNode.valueOf(1);
        com.fasterxml.jackson.databind.node.TextNode hash =
                com.fasterxml.jackson.databind.node.TextNode.valueOf("a".repeat(40));

        assertThatThrownBy(() -> {
                    for (int i = 0; i <= 100_000; i++) {
                        tree.add("file-" + i, size, hash);
                    }
                })
                .isInstanceOf(HubException.class)
                .hasMessageContaining("more than 100000 files");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../x", "", "ABCDEF", "LONG", "LINE"})
    void hu12_etagThatIsNoHash(String etag) {
        String value = etag.equals("LONG") ? "a".repeat(1000) : etag.equals("LINE") ? "a".repeat(40) + "\\n" : etag;
        hub.hubFault(
                "GET", "/tree/", 1, call -> FakeHub.json(call, "[" + FakeHub.entry(WEIGHTS, value, SIZE, true) + "]"));

        assertRefused("expected a hash of 40 or 64 hex digits, found");
    }

    @Test
    void hu12_etagOfTheHeadThatIsNoHash() {
        hub.hubFault(
                "HEAD",
                WEIGHTS,
                1,
                FakeHub.status(
                        200, "X-Repo-Commit", FakeHub.COMMIT, "X-Linked-Size", "5", "X-Linked-Etag", "\"../../x\""));

        assertRefused("X-Linked-Etag: expected a hash of 40 or 64 hex digits, found ../../x");
    }
}
