package io.github.hanllama.pytorch;

import io.github.hanllama.core.config.LlamaConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The decoder of one configuration as TorchScript: every width is a constant of the text, so what runs has no arithmetic but
 * the model's. Weights, caches and tokens are arguments; tensors go to the device of the weights they meet.
 *
 * <p>What layers add up, and the norms of it, are f32 whatever the matrices are: the sum would lose most in fewer bits.
 * Tokens of several sequences go through the matrices together, (tokens, hiddenSize); only attention takes them apart.
 */
final class DecoderScript {
    static final String CLASS = "Decoder";

    /** Of a layer: query, key and value are one, gate and up another. */
    private static final int MATRICES = 4;

    /**
     * x over the root of its mean square and {@code rmsNormEps}, times a weight that has the root of the width in it. What is
     * normed has a column more than the model, the root of {@code hiddenSize * rmsNormEps}, so the length of a row is the
     * whole root and the norm three steps; {@code torch.rms_norm} of this libtorch is a dozen.
     */
    private static final String NORM = """
              def widened(self: __torch__.Decoder,
                hidden: Tensor,
                like: Tensor) -> Tensor:
                device = ops.prim.device(like)
                wide = torch.full([torch.size(hidden, 0), {WIDE}], {EPS}, dtype=6, layout=None, device=device, pin_memory=None)
                _0 = torch.copy_(torch.narrow(wide, 1, 0, {HIDDEN}), hidden)
                return wide
              def norm(self: __torch__.Decoder,
                wide: Tensor,
                weight: Tensor) -> Tensor:
                length = torch.linalg_vector_norm(wide, 2, [-1], True)
                return torch.mul_(torch.div(torch.narrow(wide, 1, 0, {HIDDEN}), length), weight)
            """;

    /** What is added for positions a token may not see: nothing to add where it is alone or the first sees no more. */
    private static final String MASK = """
              def mask(self: __torch__.Decoder,
                start: int,
                n: int,
                like: Tensor) -> Tensor:
                device = ops.prim.device(like)
                if torch.__and__(torch.gt(start, 0), torch.gt(n, 1)):
                  never = torch.full([n, torch.add(start, n)], float("-inf"), dtype=6, layout=None, device=device, pin_memory=None)
                  hidden = torch.triu(never, torch.add(start, 1))
                else:
                  hidden = torch.empty([0], dtype=6, layout=None, device=device, pin_memory=None)
                return hidden
            """;

    /**
     * One sequence: puts its new keys and values, of (tokens, heads of q, k and v, headDim), into the cache and mixes all it
     * holds. Heads that share keys are a dimension of their own, over which keys and values are repeated without a copy: only
     * so, or when they are taken for tokens, libtorch never makes all scores at once.
     */
    private static final String ATTEND = """
              def attend(self: __torch__.Decoder,
                heads: Tensor,
                cache: Tensor,
                start: int,
                mask: Tensor) -> Tensor:
                n = torch.size(heads, 0)
                end = torch.add(start, n)
                new = torch.view(torch.narrow(heads, 1, {HEADS}, {CACHED_HEADS}), [n, 2, {KV_HEADS}, {HEAD_DIM}])
                _0 = torch.copy_(torch.narrow(cache, 2, start, n), torch.permute(new, [1, 2, 0, 3]))
                kv = torch.to(torch.unsqueeze(torch.narrow(cache, 2, 0, end), 2), {TYPE})
                q = torch.to(torch.narrow(heads, 1, 0, {HEADS}), {TYPE})
                if torch.eq(n, 1):
                  one = torch.view(q, [{KV_HEADS}, 1, {GROUPS}, {HEAD_DIM}])
                  a = torch.scaled_dot_product_attention(one, torch.select(kv, 0, 0), torch.select(kv, 0, 1), None, 0., False, scale=None, enable_gqa=False)
                  mixed = torch.reshape(a, [1, {QUERIES}])
                else:
                  many = torch.permute(torch.view(q, [n, {KV_HEADS}, {GROUPS}, {HEAD_DIM}]), [1, 2, 0, 3])
                  all = torch.expand(kv, [2, {KV_HEADS}, {GROUPS}, end, {HEAD_DIM}])
                  ks = torch.select(all, 0, 0)
                  vs = torch.select(all, 0, 1)
                  if torch.eq(torch.numel(mask), 0):
                    b = torch.scaled_dot_product_attention(many, ks, vs, None, 0., True, scale=None, enable_gqa=False)
                  else:
                    b = torch.scaled_dot_product_attention(many, ks, vs, mask, 0., False, scale=None, enable_gqa=False)
                  mixed = torch.reshape(torch.permute(b, [2, 0, 1, 3]), [n, {QUERIES}])
                return mixed
            """;

    private static final String LAYERS = """
              def layers(self: __torch__.Decoder,
                w: List[Tensor],
                packed: List[{PACKED}],
                residual: Tensor,
                caches: List[Tensor],
                angles: Tensor,
                starts: List[int],
                sizes: List[int]{ADAPTER}) -> Tensor:
                device = ops.prim.device(w[0])
                wide = (self).widened(residual, w[0], )
                x = torch.narrow(wide, 1, 0, {HIDDEN})
                turns = torch.to(angles, device, 6)
                cos = torch.select(turns, 0, 0)
                sin = torch.select(turns, 0, 1)
                t = torch.size(x, 0)
                {ZEROS}
                masks = annotate(List[Tensor], [])
                for r in range(torch.len(sizes)):
                  _0 = torch.append(masks, (self).mask(starts[r], sizes[r], x, ))
                for l in range(torch.floordiv(torch.len(w), {STRIDE})):
                  o = torch.mul(l, {STRIDE})
                  h = torch.to((self).norm(wide, w[o], ), {TYPE})
                  heads = torch.view(torch.to({QKV}, 6), [t, {ALL_HEADS}, {HEAD_DIM}])
                  qk = torch.narrow(heads, 1, 0, {QK_HEADS})
                  rolled = torch.roll(qk, [{HALF}], [-1])
                  _1 = torch.addcmul_(torch.mul_(qk, cos), rolled, sin)
                  parts = annotate(List[Tensor], [])
                  token = 0
                  for r in range(torch.len(sizes)):
                    n = sizes[r]
                    part = (self).attend(torch.narrow(heads, 0, token, n), torch.select(caches[r], 0, l), starts[r], masks[r], )
                    _2 = torch.append(parts, part)
                    token = torch.add(token, n)
                  if torch.eq(torch.len(parts), 1):
                    mixed = parts[0]
                  else:
                    mixed = torch.cat(parts, 0)
                  _3 = {ADD_ATTENTION}
                  z = torch.to((self).norm(wide, w[torch.add(o, {NORM})], ), {TYPE})
                  gate, up, = torch.chunk({GATE_UP}, 2, -1)
                  inner = torch.mul_(torch.silu_(gate), up)
                  _4 = {ADD_MLP}
                return x
            """;

    private static final String HEAD = """
              def head(self: __torch__.Decoder,
                w: List[Tensor],
                x: Tensor,
                wanted: Tensor) -> Tensor:
                some = torch.index_select(x, 0, torch.to(wanted, ops.prim.device(x), 4))
                return (self).norm((self).widened(some, w[0], ), w[0], )
              def floats(self: __torch__.Decoder,
                hidden: Tensor,
                first: int,
                count: int) -> Tensor:
                return torch.to(torch.narrow(hidden, 0, first, count), torch.device("cpu"), 6)
              def project(self: __torch__.Decoder,
                w: List[Tensor],
                packed: List[{PACKED}],
                hidden: Tensor,
                first: int,
                count: int{ADAPTER}) -> Tensor:
                x = torch.to(torch.narrow(hidden, 0, first, count), {TYPE})
                l = 0
                {ZEROS}
                return torch.to({LOGITS}, torch.device("cpu"), 6)
            """;

    private static final String FORWARD = """
              def embed(self: __torch__.Decoder,
                embedding: List[Tensor],
                ids: Tensor) -> Tensor:
                some = torch.to(ids, ops.prim.device(embedding[0]), 4)
                return {ROWS}
              def forward(self: __torch__.Decoder,
                embedding: List[Tensor],
                w: List[Tensor],
                packed: List[{PACKED}],
                last: List[Tensor],
                lastPacked: List[{PACKED}],
                ids: Tensor,
                caches: List[Tensor],
                angles: Tensor,
                starts: List[int],
                sizes: List[int],
                wanted: Tensor) -> Tensor:
                x = (self).layers(w, packed, (self).embed(embedding, ids, ), caches, angles, starts, sizes, )
                return (self).project(last, lastPacked, (self).head(last, x, wanted, ), 0, torch.size(wanted, 0), )
            """;

    /** The change of a matrix is some tensors from {@code at[slot]} on: {@link AdaptedWeights} puts them there. */
    private static final String ADAPT = """
              def adapt(self: __torch__.Decoder,
                product: Tensor,
                x: Tensor,
                changes: List[Tensor],
                at: List[int],
                slot: int) -> Tensor:
                y = product
                first = at[slot]
                count = torch.sub(at[torch.add(slot, 1)], first)
                if torch.gt(count, 0):
                  device = ops.prim.device(x)
                  type = ops.prim.dtype(x)
                  whole = changes[first]
                  if torch.gt(torch.numel(whole), 0):
                    y = torch.linear(x, torch.to(whole, device, type))
                  factors = changes[torch.add(first, 1)]
                  if torch.gt(torch.numel(factors), 0):
                    y = torch.mul(y, torch.to(factors, device, type))
                  for p in range(torch.floordiv(torch.sub(count, 2), 3)):
                    i = torch.add(torch.add(first, 2), torch.mul(p, 3))
                    inner = torch.linear(x, torch.to(changes[i], device, type))
                    outer = torch.linear(inner, torch.to(changes[torch.add(i, 1)], device, type))
                    y = torch.add(y, torch.mul(outer, torch.to(changes[torch.add(i, 2)], device, type)))
                return y
              def parts(self: __torch__.Decoder,
                product: Tensor,
                x: Tensor,
                changes: List[Tensor],
                at: List[int],
                slot: int,
                rows: List[int]) -> Tensor:
                parts = annotate(List[Tensor], [])
                first = 0
                for i in range(torch.len(rows)):
                  part = torch.narrow(product, 1, first, rows[i])
                  _0 = torch.append(parts, (self).adapt(part, x, changes, at, torch.add(slot, i), ))
                  first = torch.add(first, rows[i])
                return torch.cat(parts, 1)
              def embed(self: __torch__.Decoder,
                embedding: List[Tensor],
                ids: Tensor,
                changes: List[Tensor],
                at: List[int]) -> Tensor:
                device = ops.prim.device(embedding[0])
                type = {TYPE}
                some = torch.to(ids, device, 4)
                count = torch.sub(at[1], at[0])
                if torch.eq(count, 0):
                  x = {ROWS}
                else:
                  whole = changes[0]
                  if torch.gt(torch.numel(whole), 0):
                    x = torch.to(torch.embedding(torch.to(whole, device), some), type)
                  else:
                    x = {ROWS}
                  factors = changes[1]
                  if torch.gt(torch.numel(factors), 0):
                    x = torch.mul(x, torch.unsqueeze(torch.index_select(torch.to(factors, device, type), 0, some), 1))
                  for p in range(torch.floordiv(torch.sub(count, 2), 3)):
                    i = torch.add(2, torch.mul(p, 3))
                    rows = torch.to(torch.embedding(torch.to(changes[torch.add(i, 1)], device), some), type)
                    sum = torch.matmul(rows, torch.to(changes[i], device, type))
                    scale = torch.to(changes[torch.add(i, 2)], device, type)
                    if torch.gt(torch.numel(scale), 1):
                      x = torch.add(x, torch.mul(sum, torch.unsqueeze(torch.index_select(scale, 0, some), 1)))
                    else:
                      x = torch.add(x, torch.mul(sum, scale))
                return x
            """;

    private static final String ADAPTER_ARGUMENTS = """
            ,
                changes: List[Tensor],
                at: List[int]""";

    private final LlamaConfig config;
    private final TorchType type;
    private final MatrixScript products;
    private final boolean adapted;

    /**
     * @param type of what matrices are multiplied by
     * @param adapted whether what runs is changed by adapters
     */
    DecoderScript(LlamaConfig config, TorchType type, MatrixScript products, boolean adapted) {
        this.config = config;
        this.type = type;
        this.products = products;
        this.adapted = adapted;
    }

    String text() {
        List<String> parts = new ArrayList<>(List.of(products.text(CLASS), NORM, MASK, ATTEND));
        if (adapted) {
            parts.add(ADAPT);
        }
        parts.addAll(List.of(LAYERS, HEAD));
        if (!adapted) {
            parts.add(FORWARD);
        }
        return String.join("", parts).transform(this::matrices).transform(this::widths);
    }

    /** Where each matrix lies in a layer's tensors, and which of an adapter's slots are its parts'. */
    private String matrices(String text) {
        int attention = products.tensors() + (config.attentionBias() ? 1 : 0);
        int mlp = products.tensors() + (config.mlpBias() ? 1 : 0);
        int norm = 1 + 2 * attention;
        int queries = config.queryWidth();
        int keys = config.keyValueWidth();
        int inner = config.intermediateSize();
        return text.replace("{QKV}", linear("h", 0, 1, config.attentionBias(), 0, queries, keys, keys))
                .replace("{ADD_ATTENTION}", added("mixed", 1, 1 + attention, config.attentionBias(), 3))
                .replace("{NORM}", Integer.toString(norm))
                .replace("{GATE_UP}", linear("z", 2, norm + 1, config.mlpBias(), 4, inner, inner))
                .replace("{ADD_MLP}", added("inner", 3, norm + 1 + mlp, config.mlpBias(), 6))
                .replace("{ZEROS}", products.zeros(config.hiddenSize()))
                .replace("{LOGITS}", logits())
                .replace("{ADAPTER}", adapted ? ADAPTER_ARGUMENTS.stripTrailing() : "")
                .replace("{STRIDE}", Integer.toString(norm + 1 + 2 * mlp));
    }

    private String logits() {
        List<String> matrix = products.packs()
                ? List.of("packed[0]")
                : IntStream.rangeClosed(1, products.tensors())
                        .mapToObj("w[%d]"::formatted)
                        .toList();
        String product = products.product("x", matrix);
        return adapted ? "(self).adapt(%s, x, changes, at, 0, )".formatted(product) : product;
    }

    /**
     * The product with a matrix of the layer, whose bias follows it; adapters see the parts of it one by one.
     *
     * @param ordinal of the matrix in the layer
     * @param index of its first tensor there
     */
    private String linear(String x, int ordinal, int index, boolean biased, int firstSlot, int... rows) {
        List<String> matrix = matrix(ordinal, index);
        String bias = tensor(index + products.tensors());
        if (!adapted) {
            return biased ? products.product(x, matrix, bias) : products.product(x, matrix);
        }
        String all = "(self).parts(%s, %s, changes, at, torch.add(torch.mul(l, %d), %d), %s, )"
                .formatted(products.product(x, matrix), x, AdaptedWeights.SLOTS, firstSlot, Arrays.toString(rows));
        return biased ? "torch.add(%s, %s)".formatted(all, bias) : all;
    }

    /** Such a product, as wide as what layers add up, added to that in place. */
    private String added(String x, int ordinal, int index, boolean biased, int slot) {
        return adapted || biased
                ? "torch.add_(x, %s)".formatted(linear(x, ordinal, index, biased, slot, config.hiddenSize()))
                : products.added("x", x, matrix(ordinal, index));
    }

    private List<String> matrix(int ordinal, int index) {
        return products.packs()
                ? List.of("packed[torch.add(torch.mul(l, %d), %d)]".formatted(MATRICES, ordinal))
                : IntStream.range(index, index + products.tensors())
                        .mapToObj(DecoderScript::tensor)
                        .toList();
    }

    private static String tensor(int index) {
        return "w[torch.add(o, %d)]".formatted(index);
    }

    private String widths(String text) {
        return text.replace("{TYPE}", Integer.toString(type.number()))
                .replace("{ROWS}", products.rows("embedding", "some"))
                .replace("{HIDDEN}", Integer.toString(config.hiddenSize()))
                .replace("{WIDE}", Integer.toString(config.hiddenSize() + 1))
                .replace("{HEADS}", Integer.toString(config.numAttentionHeads()))
                .replace("{KV_HEADS}", Integer.toString(config.numKeyValueHeads()))
                .replace("{GROUPS}", Integer.toString(config.numKeyValueGroups()))
                .replace("{QK_HEADS}", Integer.toString(config.numAttentionHeads() + config.numKeyValueHeads()))
                .replace("{CACHED_HEADS}", Integer.toString(2 * config.numKeyValueHeads()))
                .replace("{ALL_HEADS}", Integer.toString(config.numAttentionHeads() + 2 * config.numKeyValueHeads()))
                .replace("{HEAD_DIM}", Integer.toString(config.headDim()))
                .replace("{HALF}", Integer.toString(config.headDim() / 2))
                .replace("{QUERIES}", Integer.toString(config.queryWidth()))
                .replace("{PACKED}", products.packedType())
                .replace("{EPS}", Double.toString(Math.sqrt(config.hiddenSize() * (double) config.rmsNormEps())));
    }
}
