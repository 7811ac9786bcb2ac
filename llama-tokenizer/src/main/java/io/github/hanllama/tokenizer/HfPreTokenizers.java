package io.github.hanllama.tokenizer;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The {@code pre_tokenizer} of a {@code tokenizer.json}. Kinds and patterns it does not know are refused by name; no
 * regular expression of a file is ever run.
 *
 * @param byteLevel whether words are spelled in bytes afterwards
 */
record HfPreTokenizers(PreTokenizer splitter, boolean byteLevel) {
    private static final String LLAMA_3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String QWEN_2 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String GPT_2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    /** Patterns known by value. */
    private static final Map<String, WordScanner> PATTERNS = Map.of(
            LLAMA_3,
            new Gpt4Words(3),
            QWEN_2,
            new Gpt4Words(1),
            // GPT-4 in its two spellings; greedy matching makes them mean the same as Llama 3's
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}"
                    + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
            new Gpt4Words(3),
            "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}"
                    + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
            new Gpt4Words(3),
            GPT_2,
            new Gpt2Words());

    /** The pattern that means this; the plainest spelling of several. */
    static String pattern(WordScanner words) {
        return Stream.of(LLAMA_3, QWEN_2, GPT_2)
                .filter(pattern -> words.equals(PATTERNS.get(pattern)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no pattern for " + words));
    }

    static HfPreTokenizers of(HfNode node) {
        List<HfNode> steps = leaves(node).toList();
        for (HfNode step : steps.subList(0, Math.max(0, steps.size() - 1))) {
            if (step.type().equals("ByteLevel")) {
                throw step.refuse("ByteLevel is only supported as the last pre-tokenizer");
            }
        }
        boolean byteLevel = !steps.isEmpty() && steps.getLast().type().equals("ByteLevel");
        return new HfPreTokenizers(
                steps.stream().map(HfPreTokenizers::build).reduce(PreTokenizer.NONE, PreTokenizer::then), byteLevel);
    }

    private static Stream<HfNode> leaves(HfNode node) {
        return node.type().equals("Sequence")
                ? node.only("pretokenizers").list("pretokenizers").stream().flatMap(HfPreTokenizers::leaves)
                : Stream.of(node);
    }

    private static PreTokenizer build(HfNode node) {
        return switch (node.type()) {
            case "ByteLevel" -> byteLevel(node.only("add_prefix_space", "trim_offsets", "use_regex"));
            case "Split" -> split(node.only("pattern", "behavior", "invert"));
            case "Metaspace" ->
                metaspace(node.only("replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"));
            case "Digits" ->
                new PatternSplit(
                        HfPreTokenizers::digit,
                        node.only("individual_digits").flag("individual_digits", false)
                                ? SplitBehavior.ISOLATED
                                : SplitBehavior.CONTIGUOUS,
                        false);
            default ->
                throw node.refuse("pre-tokenizer " + Text.shorten(node.type())
                        + " is not supported; known are Sequence, ByteLevel, Split, Metaspace, Digits");
        };
    }

    private static PreTokenizer byteLevel(HfNode node) {
        PreTokenizer prefix = node.flag("add_prefix_space", true) ? new PrefixSpace() : PreTokenizer.NONE;
        return node.flag("use_regex", true) ? prefix.then(PatternSplit.isolated(new Gpt2Words())) : prefix;
    }

    private static PreTokenizer split(HfNode node) {
        SplitBehavior behavior = behavior(node.get("behavior"));
        return new PatternSplit(pattern(node.get("pattern")), behavior, node.flag("invert", false));
    }

    private static WordScanner pattern(HfNode node) {
        if (node.find("Regex").isEmpty()) {
            return WordScanner.literal(HfNormalizers.literal(node));
        }
        String regex = node.only("Regex").string("Regex");
        WordScanner known = PATTERNS.get(regex);
        if (known == null) {
            throw node.refuse("split pattern '" + Text.shorten(regex)
                    + "' is not supported; known by value are those of GPT-2, GPT-4, Llama 3 and Qwen 2");
        }
        return known;
    }

    private static SplitBehavior behavior(HfNode node) {
        return switch (node.string()) {
            case "Removed" -> SplitBehavior.REMOVED;
            case "Isolated" -> SplitBehavior.ISOLATED;
            case "MergedWithPrevious" -> SplitBehavior.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> SplitBehavior.MERGED_WITH_NEXT;
            case "Contiguous" -> SplitBehavior.CONTIGUOUS;
            default -> throw node.refuse("split behavior " + Text.shorten(node.string()) + " is not supported");
        };
    }

    private static PreTokenizer metaspace(HfNode node) {
        return new Metaspace(node.character("replacement"), prepend(node), node.flag("split", true));
    }

    /** {@code prepend_scheme}, or the flag that older files have. */
    static Metaspace.Prepend prepend(HfNode node) {
        String otherwise = node.flag("add_prefix_space", true) ? "always" : "never";
        return switch (node.find("prepend_scheme").map(HfNode::string).orElse(otherwise)) {
            case "always" -> Metaspace.Prepend.ALWAYS;
            case "first" -> Metaspace.Prepend.FIRST;
            case "never" -> Metaspace.Prepend.NEVER;
            default -> throw node.get("prepend_scheme").refuse("expected always, first or never");
        };
    }

    private static int digit(String text, int from, int to) {
        int codePoint = text.codePointAt(from);
        return CharKind.of(codePoint) == CharKind.NUMBER ? from + Character.charCount(codePoint) : from;
    }
}
