package io.github.hanllama.core.checkpoint.write;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteReport;
import io.github.hanllama.core.checkpoint.identity.ContentDigest;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.core.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The record beside a written model: the hash of every file that went in, of every tensor that came out, and of every
 * file that it became. What arrives from several threads in any order is printed in one, so equal merges have equal
 * manifests.
 */
public final class MergeManifest {
    public static final String NAME = "hanllama-merge.json";
    public static final String TENSORS = "tensors";
    public static final String FILES = "files";
    public static final String CONFIG = "config";
    public static final String SELF = "manifest_sha256";

    private static final int VERSION = 1;

    private final SortedMap<Integer, ObjectNode> inputs = new TreeMap<>();
    private final SortedMap<String, ObjectNode> tensors = new TreeMap<>();
    private final SortedMap<String, ObjectNode> files = new TreeMap<>();
    private final SortedMap<String, Long> infinities = new TreeMap<>();
    private final ContentDigest content = new ContentDigest();
    private final List<String> notes = new ArrayList<>();
    private Optional<LlamaConfig> kept = Optional.empty();

    /** The folder's name tells a base from its adapters; the path above it is nobody's business. */
    synchronized void addInput(int order, Path file, FileHash hash) {
        Path absolute = file.toAbsolutePath().normalize();
        int names = absolute.getNameCount();
        String shown =
                absolute.subpath(Math.max(0, names - 2), names).toString().replace('\\', '/');
        inputs.put(order, node(shown, hash));
    }

    /** A tensor that lies in one file. */
    public synchronized void addTensor(TensorInfo info, String file, String sha256, long infinite) {
        ObjectNode tensor = node(info, file, sha256);
        if (infinite > 0) {
            tensor.put("infinities", infinite);
        }
        addContent(info, sha256, infinite);
    }

    /** What one of several files has of a tensor. */
    public synchronized void addPart(TensorInfo info, String file, String sha256) {
        node(info, file, sha256);
    }

    private ObjectNode node(TensorInfo info, String file, String sha256) {
        ObjectNode tensor = JsonNodeFactory.instance.objectNode();
        tensor.put("name", info.name()).put("dtype", info.dtype().name());
        info.shape().forEach(tensor.putArray("shape")::add);
        tensor.put("file", file).put("sha256", sha256);
        tensors.put(info.name() + " " + file, tensor);
        return tensor;
    }

    /** A whole tensor, whichever files it lies in. */
    public synchronized void addContent(TensorInfo info, String sha256, long infinite) {
        if (infinite > 0) {
            infinities.put(info.name(), infinite);
        }
        content.add(info, sha256);
    }

    /** Says what the format has no words for, a sentence for each thing. */
    public synchronized void note(List<String> sentences) {
        notes.addAll(sentences);
    }

    /** Says all of the configuration, for our own reader. */
    public synchronized void keep(LlamaConfig config) {
        kept = Optional.of(config);
    }

    /** A file beside the manifest. */
    synchronized void addFile(String name, FileHash hash) {
        files.put(name, node(name, hash));
    }

    private static ObjectNode node(String file, FileHash hash) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        return node.put("file", file).put("size", hash.size()).put("sha256", hash.hex());
    }

    private String contentSha256() {
        return content.hex();
    }

    /** @param files that were written */
    public synchronized WriteReport report(List<Path> files) {
        return new WriteReport(files, contentSha256(), infinities, notes);
    }

    synchronized String json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("version", VERSION);
        json.put("content_sha256", contentSha256());
        if (!notes.isEmpty()) {
            notes.forEach(json.putArray("not_in_the_format")::add);
        }
        kept.ifPresent(config -> json.set(CONFIG, tree(config)));
        ArrayNode inputList = json.putArray("inputs");
        inputs.values().forEach(inputList::add);
        ArrayNode tensorList = json.putArray(TENSORS);
        tensors.values().forEach(tensorList::add);
        ArrayNode fileList = json.putArray(FILES);
        files.values().forEach(fileList::add);
        return sealed(json);
    }

    private static ObjectNode tree(LlamaConfig config) {
        return StrictJson.object(HfConfig.write(config).getBytes(StandardCharsets.UTF_8), NAME);
    }

    /** The document with its own hash as the last field, that of the document without it. */
    public static String sealed(ObjectNode json) {
        json.remove(SELF);
        MessageDigest digest = ContentDigest.sha256();
        digest.update(PrettyJson.print(json).getBytes(StandardCharsets.UTF_8));
        return PrettyJson.print(json.put(SELF, ContentDigest.hex(digest)));
    }
}
