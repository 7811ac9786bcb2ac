package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The {@code post_processor} of a {@code tokenizer.json}: which tokens stand before and after a text.
 *
 * @param bos the one before
 * @param eos the one after
 */
record HfTemplate(OptionalInt bos, OptionalInt eos) {
    static final HfTemplate NONE = new HfTemplate(OptionalInt.empty(), OptionalInt.empty());

    static HfTemplate of(HfNode node) {
        return switch (node.type()) {
            case "ByteLevel" -> {
                node.only("add_prefix_space", "trim_offsets", "use_regex"); // only moves offsets, which nobody asks for
                yield NONE;
            }
            case "Sequence" ->
                node.only("processors").list("processors").stream()
                        .map(HfTemplate::of)
                        .reduce(NONE, (left, right) -> left.and(node, right));
            case "TemplateProcessing" -> template(node.only("single", "pair", "special_tokens"));
            default ->
                throw node.refuse("post-processor " + Text.shorten(node.type())
                        + " is not supported; known are Sequence, ByteLevel, TemplateProcessing");
        };
    }

    /** Refuses ids that no token has: every text would begin or end with them. */
    HfTemplate requireIn(Vocabulary vocabulary) {
        IntStream.concat(bos.stream(), eos.stream())
                .filter(id -> vocabulary.piece(id).isEmpty())
                .forEach(id -> {
                    throw new TokenizerException(
                            "post_processor.special_tokens: expected the id of a token, found " + id);
                });
        return this;
    }

    private HfTemplate and(HfNode node, HfTemplate other) {
        if (!equals(NONE) && !other.equals(NONE)) {
            throw node.refuse("more than one template is not supported");
        }
        return equals(NONE) ? other : this;
    }

    private static HfTemplate template(HfNode node) {
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        List<Integer> side = before;
        for (HfNode item : node.list("single")) {
            if (item.find("SpecialToken").isPresent()) {
                side.add(id(node, item.only("SpecialToken").get("SpecialToken")));
            } else if (side == before
                    && item.only("Sequence").get("Sequence").string("id").equals("A")) {
                side = after;
            } else {
                throw item.refuse("expected the text A once");
            }
        }
        if (side == before || before.size() > 1 || after.size() > 1) {
            throw node.get("single").refuse("expected the text A with at most one token before and one after");
        }
        return new HfTemplate(first(before), first(after));
    }

    private static int id(HfNode template, HfNode token) {
        HfNode ids = template.get("special_tokens").get(token.string("id")).get("ids");
        if (ids.items().size() != 1) {
            throw ids.refuse("expected one id, found " + ids.items().size());
        }
        return ids.items().getFirst().count();
    }

    private static OptionalInt first(List<Integer> ids) {
        return ids.isEmpty() ? OptionalInt.empty() : OptionalInt.of(ids.getFirst());
    }
}
