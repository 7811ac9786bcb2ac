package io.github.hanllama.core.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.json.PrettyJson;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The record beside a written model: the hash of every file that went in and of every tensor that came out. Inputs and
 * tensors arrive from several threads in any order and are printed in one, so equal merges have equal manifests.
 */
final class MergeManifest {
    private static final int VERSION = 1;

    private final SortedMap<Integer, ObjectNode> inputs = new TreeMap<>();
    private final SortedMap<String, ObjectNode> tensors = new TreeMap<>();
    private final SortedMap<String, Long> infinities = new TreeMap<>();
    private final ContentDigest content = new ContentDigest();

    /** The folder's name tells a base from its adapters; the path above it is nobody's business. */
    synchronized void addInput(int order, Path file, long size, String sha256) {
        Path absolute = file.toAbsolutePath().normalize();
        int names = absolute.getNameCount();
        String shown =
                absolute.subpath(Math.max(0, names - 2), names).toString().replace('\\', '/');
        ObjectNode input = JsonNodeFactory.instance.objectNode();
        inputs.put(order, input.put("file", shown).put("size", size).put("sha256", sha256));
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
        ArrayNode tensorList = json.putArray("tensors");
        tensors.values().forEach(tensorList::add);
        return PrettyJson.print(json);
    }
}
