package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which files of a repository make its model: weights of one kind, safetensors before PyTorch's before Meta's before GGUF,
 * and what describes them; from its first folder only, where models lie.
 *
 * @param file the weight file that is meant, with what describes it
 * @param patterns instead of all that: names, in which {@code *} stands for anything
 * @param expected the SHA-256 that some of them must have
 */
record FileSelection(Optional<String> file, List<String> patterns, Map<String, String> expected) {
    private static final Pattern DESCRIBES =
            Pattern.compile(".+\\.(json|model|jinja|chk)|(LICENSE|LICENCE|NOTICE|USE_POLICY)(\\.\\w+)?");
    private static final Pattern LEFT_BY_TRAINING =
            Pattern.compile("(training_args|optimizer|scheduler|scaler|rng_state.*)\\.(bin|pt|pth)");
    private static final Pattern SHARD = Pattern.compile("(.+)-\\d{1,6}-of-(\\d{1,6})(\\.\\w+)");
    private static final String INDEX = ".index.json";
    private static final int SHOWN = 5;

    FileSelection {
        patterns = List.copyOf(patterns);
        expected = Map.copyOf(expected);
    }

    /** @throws ModelNotFoundException when there is nothing of the kind */
    SortedSet<String> choose(Collection<String> names, String origin) {
        SortedSet<String> chosen = patterns.isEmpty() ? model(names, origin) : matching(names);
        if (chosen.isEmpty()) {
            throw new ModelNotFoundException(origin + ": no such files: expected "
                    + (patterns.isEmpty() ? "those of a model" : String.join(", ", patterns)) + ", found "
                    + shown(names));
        }
        return chosen;
    }

    /** @throws ModelFormatException when the hub has other content under a name that is known */
    void requireExpected(Listing listing, String origin) {
        expected.forEach((name, sha256) -> {
            RepoFile file = listing.files().get(name);
            if (file != null && file.etag().isSha256() && !file.etag().hex().equals(sha256)) {
                throw new ModelFormatException(origin + ": " + name + ": expected SHA-256 " + sha256
                        + ", the hub has " + file.etag().hex()
                        + "; it is another version, or not what it says; nothing was fetched");
            }
        });
    }

    private SortedSet<String> matching(Collection<String> names) {
        List<Pattern> globs = patterns.stream().map(FileSelection::glob).toList();
        return names.stream()
                .filter(name ->
                        globs.stream().anyMatch(glob -> glob.matcher(name).matches()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Pattern glob(String pattern) {
        return Pattern.compile(Stream.of(pattern.splitWithDelimiters("[*?]", 0))
                .map(part -> part.equals("*") ? ".*" : part.equals("?") ? "." : Pattern.quote(part))
                .collect(Collectors.joining()));
    }

    private SortedSet<String> model(Collection<String> names, String origin) {
        List<String> first = names.stream().filter(name -> !name.contains("/")).toList();
        SortedSet<String> weights = file.isPresent() ? named(names, file.get(), origin) : weights(first, origin);
        SortedSet<String> chosen = first.stream()
                .filter(name -> DESCRIBES.matcher(name).matches())
                .filter(name -> !name.endsWith(INDEX) || isIndexOf(name, weights))
                .collect(Collectors.toCollection(TreeSet::new));
        chosen.addAll(weights);
        return chosen;
    }

    /** A part is nothing without the others. */
    private static SortedSet<String> named(Collection<String> names, String file, String origin) {
        if (!names.contains(file)) {
            throw new ModelNotFoundException(
                    origin + ": " + file + ": no such file in the repository, found " + shown(names));
        }
        return names.stream()
                .filter(name -> name.equals(file) || family(name).equals(family(file)) && isShard(file))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static SortedSet<String> weights(List<String> names, String origin) {
        SortedSet<String> weights = new TreeSet<>(adapter(names));
        for (String ending : List.of(".safetensors", ".bin", ".pth")) {
            List<String> models = models(names, name -> name.endsWith(ending));
            if (!models.isEmpty()) {
                weights.addAll(models);
                return weights;
            }
        }
        if (weights.isEmpty()) {
            weights.addAll(onlyGguf(models(names, name -> name.endsWith(".gguf")), origin));
        }
        return weights;
    }

    private static List<String> adapter(List<String> names) {
        return Stream.of("adapter_model.safetensors", "adapter_model.bin")
                .filter(names::contains)
                .limit(1)
                .toList();
    }

    private static List<String> models(List<String> names, Predicate<String> kind) {
        List<String> all = names.stream()
                .filter(kind)
                .filter(name -> !name.startsWith("adapter_"))
                .filter(name -> !LEFT_BY_TRAINING.matcher(name).matches())
                .toList();
        List<String> huggingFace =
                all.stream().filter(name -> !name.startsWith("consolidated.")).toList();
        return wholeOrInShards(names, huggingFace.isEmpty() ? all : huggingFace);
    }

    /** Some repositories hold the same model twice. */
    private static List<String> wholeOrInShards(List<String> names, List<String> models) {
        List<String> shards = models.stream().filter(FileSelection::isShard).toList();
        boolean indexed =
                names.stream().filter(name -> name.endsWith(INDEX)).anyMatch(index -> isIndexOf(index, shards));
        List<String> whole = models.stream()
                .filter(name -> name.equals("model.safetensors") || name.equals("pytorch_model.bin"))
                .toList();
        if (shards.isEmpty() || whole.isEmpty()) {
            return models;
        }
        return indexed ? shards : whole;
    }

    private static List<String> onlyGguf(List<String> models, String origin) {
        if (models.stream().map(FileSelection::family).distinct().count() > 1) {
            throw new ModelNotFoundException(origin + ": expected one model, found " + models.size() + " GGUF files: "
                    + shown(models) + "; name one, as in owner/name:" + models.getFirst());
        }
        return models;
    }

    /** {@code model.safetensors.index.json} of {@code model-00001-of-00002.safetensors}. */
    private static boolean isIndexOf(String index, Collection<String> weights) {
        String whole = index.substring(0, index.length() - INDEX.length());
        return weights.stream().anyMatch(name -> name.equals(whole) || (stem(name)).equals(whole));
    }

    private static boolean isShard(String name) {
        return SHARD.matcher(name).matches();
    }

    /** What all shards of a model have in common. */
    private static String family(String name) {
        Matcher shard = SHARD.matcher(name);
        return shard.matches() ? shard.group(1) + "-of-" + shard.group(2) + shard.group(3) : name;
    }

    private static String stem(String name) {
        Matcher shard = SHARD.matcher(name);
        return shard.matches() ? shard.group(1) + shard.group(3) : name;
    }

    private static String shown(Collection<String> names) {
        String first = names.stream().limit(SHOWN).collect(Collectors.joining(", "));
        return names.isEmpty()
                ? "none"
                : first + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
    }
}
