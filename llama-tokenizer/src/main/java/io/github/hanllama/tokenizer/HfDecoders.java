package io.github.hanllama.tokenizer;

import java.util.List;
import java.util.stream.Stream;

/** Builds the {@code decoder} of a {@code tokenizer.json}. Kinds it does not know are refused by name. */
final class HfDecoders {
    private boolean fused; // the steps so far have made one text of all pieces
    private PieceDecoder.Bytes bytes = PieceDecoder.Bytes.NONE;

    private HfDecoders() {}

    static PieceDecoder of(HfNode node) {
        HfDecoders decoders = new HfDecoders();
        List<HfNode> leaves = leaves(node).toList();
        DecoderStep steps = leaves.stream().map(decoders::build).reduce(next -> next, DecoderStep::then);
        return new PieceDecoder(steps, decoders.bytes);
    }

    private static Stream<HfNode> leaves(HfNode node) {
        return node.type().equals("Sequence")
                ? node.only("decoders").list("decoders").stream().flatMap(HfDecoders::leaves)
                : Stream.of(node);
    }

    private DecoderStep build(HfNode node) {
        return switch (node.type()) {
            case "ByteLevel" -> {
                separate(node.only("add_prefix_space", "trim_offsets", "use_regex"));
                fused = true;
                bytes = PieceDecoder.Bytes.BYTE_LEVEL;
                yield new ByteLevelDecoder();
            }
            case "ByteFallback" -> {
                separate(node.only());
                bytes = PieceDecoder.Bytes.FALLBACK;
                yield new ByteFallbackDecoder();
            }
            case "Fuse" -> {
                node.only();
                fused = true;
                yield next -> next;
            }
            case "Replace" -> replace(node.only("pattern", "content"));
            case "Strip" -> strip(node.only("content", "start", "stop"));
            case "Metaspace" ->
                metaspace(node.only("replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"));
            default ->
                throw node.refuse(
                        "decoder " + Text.shorten(node.type())
                                + " is not supported; known are Sequence, ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace");
        };
    }

    private void separate(HfNode node) {
        if (fused) {
            throw node.refuse("decoder " + node.type() + " is not supported after the pieces have been fused");
        }
    }

    private DecoderStep replace(HfNode node) {
        String pattern = HfNormalizers.literal(node.get("pattern"));
        if (pattern.codePointCount(0, pattern.length()) > 1) {
            separate(node);
        }
        String content = node.string("content");
        return (DecoderStep.PerChunk) chunk -> chunk.replace(pattern, content);
    }

    private DecoderStep strip(HfNode node) {
        return new StripDecoder(node.character("content"), node.count("start"), node.count("stop"), fused);
    }

    private DecoderStep metaspace(HfNode node) {
        separate(node);
        boolean dropsFirst = HfPreTokenizers.prepend(node) != Metaspace.Prepend.NEVER;
        return new MetaspaceDecoder(node.character("replacement"), dropsFirst);
    }
}
