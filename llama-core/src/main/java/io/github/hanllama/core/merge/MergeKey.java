package io.github.hanllama.core.merge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.core.files.FileState;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.core.source.ModelFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a merged model is made of: the files of base and adapters, in order, and the options. Nothing large is read. A file
 * of a hub stands under its commit, with size and time; any other under its path, size, times and inode.
 */
public final class MergeKey {
    /** Raised when the same files and options come to mean other weights. */
    private static final int MEANING = 1;

    static final String INPUTS = "inputs";
    static final String REPO = "repo";
    static final String COMMIT = "commit";
    static final String FILES = "files";
    static final String PATH = "path";
    static final String STATE = "state";
    static final String OPTIONS = "options";

    private final List<ModelFiles> inputs;
    private final List<String> options;
    private final ObjectNode now;

    private MergeKey(List<ModelFiles> inputs, List<String> options) {
        this.inputs = List.copyOf(inputs);
        this.options = List.copyOf(options);
        this.now = describe();
    }

    /**
     * Empty when some of the files are only there for the time being.
     *
     * @param inputs the base, then the adapters
     * @param options everything else that the weights depend on
     */
    public static Optional<MergeKey> of(List<ModelFiles> inputs, List<String> options) {
        return inputs.stream().anyMatch(ModelFiles::temporary)
                ? Optional.empty()
                : Optional.of(new MergeKey(inputs, options));
    }

    private ObjectNode describe() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("meaning", MEANING);
        ArrayNode inputList = json.putArray(INPUTS);
        inputs.forEach(input -> describe(input, inputList.addObject()));
        options.forEach(json.putArray(OPTIONS)::add);
        return json;
    }

    private static void describe(ModelFiles input, ObjectNode json) {
        boolean known = input.revision().isPresent();
        input.revision()
                .ifPresent(commit -> json.put(REPO, repo(input.origin())).put(COMMIT, commit));
        ArrayNode files = json.putArray(FILES);
        for (String name : input.names()) {
            if (!name.startsWith(".")) {
                Path path = input.path(name).toAbsolutePath().normalize();
                files.addObject().put(PATH, known ? name : path.toString()).put(STATE, state(path, known));
            }
        }
    }

    /** Whatever branch or tag was asked for. */
    private static String repo(String origin) {
        return origin.replaceFirst("@.*", "");
    }

    private static String state(Path path, boolean known) {
        try {
            return known ? FileState.ofKnown(path) : FileState.of(path);
        } catch (IOException e) {
            throw new ModelNotFoundException(path + ": cannot be looked at: " + e, e);
        }
    }

    /** Whether the files in a description of {@link #json} are as they were; of those on a hub nobody says. */
    static boolean isCurrent(ObjectNode json) {
        for (JsonNode input : json.path(INPUTS)) {
            for (JsonNode file : input.path(FILES)) {
                if (!input.has(COMMIT)
                        && !isCurrent(file.path(PATH).asText(), file.path(STATE).asText())) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean isCurrent(String path, String state) {
        try {
            return FileState.of(Path.of(path)).equals(state);
        } catch (IOException | RuntimeException e) {
            return false; // gone, or never a path
        }
    }

    /** What a description of {@link #json} says, for people. */
    static String words(ObjectNode json) {
        List<String> words = new ArrayList<>();
        for (JsonNode input : json.path(INPUTS)) {
            words.add(input.has(REPO) ? input.path(REPO).asText() : folder(input));
        }
        String options = String.join(
                ", ", json.path(OPTIONS).valueStream().map(JsonNode::asText).toList());
        return String.join(" + ", words) + (options.isEmpty() ? "" : ", " + options);
    }

    private static String folder(JsonNode input) {
        String first = input.path(FILES).path(0).path(PATH).asText();
        int end = Math.max(first.lastIndexOf('/'), first.lastIndexOf('\\'));
        return end < 0 ? first : first.substring(0, end);
    }

    /** Everything, in a form that is equal when all of it is. */
    ObjectNode json() {
        return now.deepCopy();
    }

    /** 64 hex digits. */
    String hash() {
        return FileHash.sha256(PrettyJson.print(now).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether no file has changed since. */
    boolean isStillTrue() {
        try {
            return describe().equals(now);
        } catch (ModelNotFoundException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return words(now);
    }
}
