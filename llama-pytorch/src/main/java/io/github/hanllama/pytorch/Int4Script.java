package io.github.hanllama.pytorch;

/**
 * Scripts for matrices of Q4_0: levels as they are stored, value = (level - 8) * scale of its group. A matrix is three
 * tensors:
 *
 * <ol>
 *   <li>levels (blocks, columns, half), uint8: a block is {@code 2 * half} rows, row {@code i} of its first half in the low
 *       four bits, row {@code half + i} in the high ones. So libtorch's vectorized kernels take them, 32 bytes at a time where
 *       vectors have 512 bits, 16 where they have 256; rows that fill up the last block have scale 0;
 *   <li>scales (rows, groups), f16 as stored;
 *   <li>scales and zeros (groups, rows filled up, 2) for {@code _weight_int4pack_mm_for_cpu}, bf16 since only with bf16 it is
 *       fast; empty where that is not used.
 * </ol>
 *
 * <p>A matrix that is not stored in Q4_0 is int8 (rows, columns), f32 scales (rows), and an empty tensor.
 */
final class Int4Script {
    static final int GROUP = 32;
    static final int LEVELS_PER_BYTE = 2;
    /** Of a block as AVX-512 takes it; without the operator any number does. */
    static final int HALF_BLOCK = 32;

    /** Weights that are unpacked at a time, 4 MiB: they stay in the cache until they are multiplied. */
    private static final int TILE = 1 << 20;

    /** Rows of a matrix by their indices. */
    static final String ROWS = """
              def rows(self: __torch__.{CLASS},
                levels: Tensor,
                scales: Tensor,
                ids: Tensor) -> Tensor:
                some = torch.index_select(scales, 0, ids)
                if torch.eq(torch.dim(levels), 3):
                  half = torch.size(levels, 2)
                  block = torch.floor_divide(ids, torch.mul(half, 2))
                  place = annotate(List[Optional[Tensor]], [block, None, torch.remainder(ids, half)])
                  shift = torch.mul(torch.remainder(torch.floor_divide(ids, half), 2), 4)
                  bytes = torch.bitwise_right_shift(torch.index(levels, place), torch.unsqueeze(torch.to(shift, 0), 1))
                  one = torch.sub(torch.to(torch.bitwise_and(bytes, 15), 6), 8.)
                  groups = torch.view(one, [torch.size(some, 0), torch.size(some, 1), 32])
                  values = torch.flatten(torch.mul(groups, torch.unsqueeze(torch.to(some, 6), 2)), 1, 2)
                else:
                  values = torch.mul(torch.index_select(levels, 0, ids), torch.unsqueeze(some, 1))
                return values
            """;

    /** In f32, some rows at a time. */
    static final String UNPACKED = """
              def unpack(self: __torch__.{CLASS},
                levels: Tensor,
                scales: Tensor,
                first: int,
                count: int) -> Tensor:
                if torch.eq(torch.dim(levels), 3):
                  block = torch.mul(torch.size(levels, 2), 2)
                  columns = torch.size(levels, 1)
                  blocks = torch.floordiv(torch.sub(torch.add(count, block), 1), block)
                  some = torch.narrow(levels, 0, torch.floordiv(first, block), blocks)
                  bytes = torch.contiguous(torch.transpose(some, 1, 2))
                  both = torch.stack([torch.bitwise_and(bytes, 15), torch.bitwise_right_shift(bytes, 4)], 1)
                  rows = torch.view(both, [torch.mul(blocks, block), torch.floordiv(columns, 32), 32])
                  values = torch.sub_(torch.to(torch.narrow(rows, 0, 0, count), 6), 8.)
                  factors = torch.unsqueeze(torch.to(torch.narrow(scales, 0, first, count), 6), 2)
                  part = torch.view(torch.mul_(values, factors), [count, columns])
                else:
                  factors = torch.unsqueeze(torch.narrow(scales, 0, first, count), 1)
                  part = torch.mul_(torch.to(torch.narrow(levels, 0, first, count), 6), factors)
                return part
              def product(self: __torch__.{CLASS},
                x: Tensor,
                levels: Tensor,
                scales: Tensor,
                pairs: Tensor) -> Tensor:
                rows = torch.size(scales, 0)
                columns = torch.size(x, 1)
                step = torch.mul(torch.add(torch.floordiv({TILE}, torch.mul(columns, 64)), 1), 64)
                y = torch.empty([torch.size(x, 0), rows], dtype=6, layout=None, device=ops.prim.device(x), pin_memory=None)
                for i in range(torch.floordiv(torch.sub(torch.add(rows, step), 1), step)):
                  first = torch.mul(i, step)
                  count = ops.prim.min(step, torch.sub(rows, first))
                  part = torch.linear(x, (self).unpack(levels, scales, first, count, ))
                  _0 = torch.copy_(torch.narrow(y, 1, first, count), part)
                return y
            """.replace("{TILE}", Integer.toString(TILE));

    /**
     * By libtorch's operators. What goes into int4 and comes out is rounded to bf16; what goes into int8 is levels of two
     * digits, 15 bits. Both round each token by itself.
     */
    static final String PACKED = """
              def product(self: __torch__.{CLASS},
                x: Tensor,
                levels: Tensor,
                scales: Tensor,
                pairs: Tensor) -> Tensor:
                if torch.eq(torch.dim(levels), 3):
                  bytes = torch.view(levels, [torch.size(pairs, 1), torch.floordiv(torch.size(x, 1), 2)])
                  z = torch._weight_int4pack_mm_for_cpu(torch.to(x, 15), bytes, 32, pairs)
                  y = torch.to(torch.narrow(z, 1, 0, torch.size(scales, 0)), 6)
                else:
                  tokens = torch.size(x, 0)
                  most = torch.linalg_vector_norm(x, float("inf"), [-1], True)
                  step = torch.clamp_min(torch.div(most, 127.), 1e-30)
                  scaled = torch.div(x, step)
                  high = torch.round(scaled)
                  low = torch.round(torch.mul(torch.sub(scaled, high), 254.))
                  sums = torch.to(torch._int_mm(torch.to(torch.cat([high, low], 0), 1), torch.t(levels)), 6)
                  small = torch.div(torch.narrow(sums, 0, tokens, tokens), 254.)
                  y = torch.mul_(torch.mul_(torch.add(torch.narrow(sums, 0, 0, tokens), small), step), scales)
                return y
            """;

    private Int4Script() {}

    /** Bytes of so many weights: their levels, and of each group a scale, and a scale and a zero for the operator. */
    static long bytes(long weights) {
        int scales = 3 * TorchType.F16.bytes();
        return weights / LEVELS_PER_BYTE + weights / GROUP * scales;
    }
}
