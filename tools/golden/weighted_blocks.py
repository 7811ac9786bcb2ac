"""Writes testdata/quant/weighted: blocks that ggml's scalar quantizers make of a few rows by importance.

usage: weighted_blocks.py LIBRARY TESTDATA

LIBRARY is a shared library with ggml's quantize_q4_0 and its siblings, compiled without contraction or fast-math.
"""

import ctypes
import struct
import sys
from pathlib import Path

TYPES = {
    "Q4_0": (32, 18), "Q4_1": (32, 20), "Q5_0": (32, 22), "Q5_1": (32, 24), "Q8_0": (32, 34),
    "Q2_K": (256, 84), "Q3_K": (256, 110), "Q4_K": (256, 144), "Q5_K": (256, 176), "Q6_K": (256, 210),
}
INPUTS = {"cos_offset0_1024": 2, "gauss_1024": 2, "edge_1024": 1, "tiny_256": 1}  # rows


def importance(columns):
    """Squares of a fixed sequence over four decades, with a run of zeros and single columns that count for much."""
    state = 20240229
    values = []
    for i in range(columns):
        state = (state * 1103515245 + 12345) % 2**31
        value = (state / 2**31) ** 4 + 1e-4
        values.append(0.0 if 64 <= i < 70 else 50.0 * value if i % 37 == 5 else value)
    return values


def main(library, testdata):
    ggml = ctypes.CDLL(library)
    source = Path(testdata) / "quant"
    target = source / "weighted"
    target.mkdir(exist_ok=True)
    for name, rows in INPUTS.items():
        data = (source / f"{name}.f32le").read_bytes()
        count = len(data) // 4
        columns = count // rows
        weights = struct.pack(f"<{columns}f", *importance(columns))
        (target / f"{name}.importance.f32le").write_bytes(weights)
        for type_name, (size, block_bytes) in TYPES.items():
            blocks = ctypes.create_string_buffer(count // size * block_bytes)
            quantize = getattr(ggml, "quantize_" + type_name[0].lower() + type_name[1:])
            quantize.restype = ctypes.c_size_t
            written = quantize(data, blocks, ctypes.c_int64(rows), ctypes.c_int64(columns), weights)
            assert written == len(blocks), (name, type_name, written)
            (target / f"{name}.{type_name}.bin").write_bytes(blocks.raw)


if __name__ == "__main__":
    main(*sys.argv[1:])
