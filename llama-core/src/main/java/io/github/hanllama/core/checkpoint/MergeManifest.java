package io.github.hanllama.core.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.json.PrettyJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The record beside a written model: the hash of every file that went in, of every tensor that came out, and of every
 * file that it became. What arrives from several threads in any order is printed in one, so equal merges have equal
 * manifests.
 */
final class MergeManifest {
    static final String NAME = "hanllama-merge.json";
    static final String TENSORS = "tensors";
    static final String FILES = "files";
    static final String SELF = "manifest_sha256";

    private static final int VERSION = 1;

    private final SortedMap<Integer, ObjectNode> inputs = new TreeMap<>();
    private final SortedMap<String, ObjectNode> tensors = new TreeMap<>();
    private final SortedMap<String, ObjectNode> files = new TreeMap<>();
    private final SortedMap<String, Long> infinities = new TreeMap<>();
    private final ContentDigest content = new ContentDigest();

    /** The folder's name tells a base from its adapters; the path above it is nobody's business. */
    synchronized void addInput(int order, Path file, FileHash hash) {
        Path absolute = file.toAbsolutePath().normalize();
        int names = absolute.getNameCount();
        String shown =
                absolute.subpath(Math.max(0, names - 2), names).toString().replace('\\', '/');
        inputs.put(order, node(shown, hash));
    }

    synchronized void addTensor(TensorInfo info, String file, String sha256, long infinite) {
        ObjectNode tensor = JsonNodeFactory.instance.objectNode();
        tensor.put("name", info.name()).put("dtype", info.dtype().name());
        info.shape().forEach(tensor.putArray("shape")::add);
        tensor.put("file", file).put("sha256", sha256);
        if (infinite > 0) {
            tensor.put("infinities", infinite);
            infinities.put(info.name(), infinite);
        }
        tensors.put(info.name(), tensor);
        content.add(info, sha256);
    }

    /** A file beside the manifest. */
    synchronized void addFile(String name, FileHash hash) {
        files.put(name, node(name, hash));
    }

    private static ObjectNode node(String file, FileHash hash) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        return node.put("file", file).put("size", hash.size()).put("sha256", hash.hex());
    }

    String contentSha256() {
        return content.hex();
    }

    synchronized SortedMap<String, Long> infinities() {
        return Collections.unmodifiableSortedMap(infinities);
    }

    synchronized String json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("version", VERSION);
        json.put("content_sha256", contentSha256());
        ArrayNode inputList = json.putArray("inputs");
        inputs.values().forEach(inputList::add);
        ArrayNode tensorList = json.putArray(TENSORS);
        tensors.values().forEach(tensorList::add);
        ArrayNode fileList = json.putArray(FILES);
        files.values().forEach(fileList::add);
        return sealed(json);
    }

    /** The document with its own hash as the last field, that of the document without it. */
    static String sealed(ObjectNode json) {
        json.remove(SELF);
        MessageDigest digest = ContentDigest.sha256();
        digest.update(PrettyJson.print(json).getBytes(StandardCharsets.UTF_8));
        return PrettyJson.print(json.put(SELF, ContentDigest.hex(digest)));
    }
}
