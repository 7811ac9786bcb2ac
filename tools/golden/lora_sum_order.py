#!/usr/bin/env python3
"""Writes testdata/golden/lora_sum_order.safetensors: a random LoRA merge of rank 64 that pins the order of summation.

    python3 tools/golden/lora_sum_order.py testdata/golden/lora_sum_order.safetensors

Needs Python 3 and a C library with fmaf, nothing else. Every merged element is defined to the bit:

    delta[o,i] = sum over k ascending from 0 of b[o,k] * a[k,i], each step one fmaf in f32
    merged     = round_once(base + f32(delta * scale)), to the base's type, ties to even

Other orders (descending, pairwise, without fma, in f64) are computed too and must give other bits, or the file would pin
nothing.
"""

import ctypes
import ctypes.util
import json
import random
import struct
import sys

ROWS, RANK, COLUMNS = 24, 64, 36
ALPHA = 20.8  # alpha / rank is no power of two, so the multiplication rounds as well

LIBM = ctypes.CDLL(ctypes.util.find_library("m"))
LIBM.fmaf.restype = ctypes.c_float
LIBM.fmaf.argtypes = [ctypes.c_float] * 3


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def f16(x):
    return struct.unpack("<e", struct.pack("<e", x))[0]


def bf16_bits(x):
    bits = struct.unpack("<I", struct.pack("<f", x))[0]
    return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16


def bf16(x):
    return struct.unpack("<f", struct.pack("<I", bf16_bits(x) << 16))[0]


def pack(dtype, values):
    if dtype == "BF16":
        return struct.pack(f"<{len(values)}H", *map(bf16_bits, values))
    return struct.pack(f"<{len(values)}{'f' if dtype == 'F32' else 'e'}", *values)


def ascending(xs, ys):
    total = 0.0
    for x, y in zip(xs, ys):
        total = LIBM.fmaf(x, y, total)
    return total


def without_fma(xs, ys):
    total = 0.0
    for x, y in zip(xs, ys):
        total = f32(total + f32(x * y))
    return total


def pairwise(xs, ys):
    if len(xs) == 1:
        return f32(xs[0] * ys[0])
    half = len(xs) // 2
    return f32(pairwise(xs[:half], ys[:half]) + pairwise(xs[half:], ys[half:]))


OTHERS = {
    "descending": lambda xs, ys: ascending(xs[::-1], ys[::-1]),
    "without fma": without_fma,
    "pairwise": pairwise,
    "f64": lambda xs, ys: f32(sum(x * y for x, y in zip(xs, ys))),
}


def merged(base, b, a, scale, dot):
    # A sum or product of two f32 rounded from f64 to f32 is the f32 result: 53 >= 2 * 24 + 2.
    return [
        f32(base[o * COLUMNS + i] + f32(dot(b[o], [row[i] for row in a]) * scale))
        for o in range(ROWS)
        for i in range(COLUMNS)
    ]


def main(path):
    rng = random.Random(20260801)
    a = [[f32(rng.gauss(0, 0.5)) for _ in range(COLUMNS)] for _ in range(RANK)]
    b = [[f32(rng.gauss(0, 0.5)) for _ in range(RANK)] for _ in range(ROWS)]
    scale = f32(ALPHA / RANK)
    noise = [rng.gauss(0, 1) for _ in range(ROWS * COLUMNS)]
    tensors = {
        "a": ("F32", [RANK, COLUMNS], [x for row in a for x in row]),
        "b": ("F32", [ROWS, RANK], [x for row in b for x in row]),
    }
    for dtype, rounded in (("F32", f32), ("F16", f16), ("BF16", bf16)):
        base = [rounded(x) for x in noise]
        result = merged(base, b, a, scale, ascending)
        tensors[f"base.{dtype}"] = (dtype, [ROWS, COLUMNS], base)
        tensors[f"merged.{dtype}"] = (dtype, [ROWS, COLUMNS], result)
        for name, dot in OTHERS.items():
            other = merged(base, b, a, scale, dot)
            differ = sum(p != q for p, q in zip(map(rounded, result), map(rounded, other)))
            print(f"{dtype}: {differ} of {len(result)} elements differ when summed {name}")
            assert dtype != "F32" or differ > len(result) // 10, "the fixture pins nothing"
    write(path, tensors)


def write(path, tensors):
    header, data = {"__metadata__": {"alpha": str(ALPHA)}}, b""
    for name, (dtype, shape, values) in tensors.items():
        packed = pack(dtype, values)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    main(sys.argv[1])
