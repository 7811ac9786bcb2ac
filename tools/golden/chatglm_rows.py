#!/usr/bin/env python3
"""Writes testdata/quant/chatglm: rows of f16 and what ChatGLM's weight quantization, which Chinese-LlaMA2 uses, makes of them.

    python3 tools/golden/chatglm_rows.py testdata/quant/chatglm

Needs torch. The scheme, on the CPU, each step rounded to f16 as there:

    scale = (|row|.max() / (2**(bits - 1) - 1)).half()
    q     = round(row / scale).to(int8)            # round: half to even, of a quotient that is f16 itself
    int4  : byte k = q[2k] << 4 | q[2k + 1] & 15
    back  : q.half() * scale

Three repairs, where the original divides by zero or its numbers wrap around: a row of zeros has scale 0 and q 0; a scale of 0 for
a row that is not zero is 2**-24; q is clamped to the range. `manifest.json` says in which rows each one acts.

rows.f16le holds ROWS x COLUMNS numbers; int8.bin, int4.bin the packed rows; *.scale.f16le the scales; *.back.f16le the rows
read back.
"""

import json
import pathlib
import sys

import torch

COLUMNS = 64


def rows():
    generator = torch.Generator().manual_seed(3)
    normal = torch.randn(COLUMNS, generator=generator)
    yield "normal", normal * 0.02
    yield "large", normal * 9000
    yield "zeros", torch.zeros(COLUMNS)
    yield "one value", torch.nn.functional.one_hot(torch.tensor(17), COLUMNS) * -0.75
    yield "all equal", torch.full((COLUMNS,), -3.0)
    yield "ties of int8", torch.arange(COLUMNS) - 31.5 + 0 * normal
    yield "ties of int4", (torch.arange(COLUMNS) % 15 - 7) / 2 * (torch.arange(COLUMNS) > 0) + 7.0 * (torch.arange(COLUMNS) == 0)
    yield "quotients at 127", 127 - torch.arange(COLUMNS) / 16
    yield "subnormal scale of int8", normal.clamp(-3, 3) * 2e-4
    yield "numbers that wrap in int8", torch.cat([torch.tensor([2.0**-24 * 190]), normal[1:] * 2.0**-18])
    yield "subnormal values", torch.round(normal * 40) * 2.0**-24
    yield "scale rounded to zero", torch.round(normal.clamp(-2, 2) * 3) * 2.0**-24
    yield "numbers that wrap in int4", torch.cat([torch.tensor([2.0**-24 * 10]), torch.round(normal[1:] * 3) * 2.0**-24])
    yield "the largest of f16", torch.where(normal > 1, 65504.0, normal.double()).float()
    yield "negative zeros", -normal * (torch.arange(COLUMNS) % 2) * 0.01


def quantize(row, bits):
    limit = 2 ** (bits - 1) - 1
    largest = row.abs().max()
    scale = (largest / limit).half()
    acts = []
    if scale == 0 and largest > 0:
        acts.append("smallest scale")
        scale = torch.tensor(2.0**-24).half()
    if scale == 0:
        acts.append("zeros")
        return torch.zeros(len(row), dtype=torch.int8), scale, acts
    q = torch.round(row / scale)
    if (q.abs() > limit).any():
        acts.append("clamped")
    return q.clamp(-limit, limit).to(torch.int8), scale, acts


def pack(q, bits):
    if bits == 8:
        return q
    return ((q[0::2].to(torch.int16) << 4) | (q[1::2].to(torch.int16) & 15)).to(torch.int8)


def main(target):
    target.mkdir(parents=True, exist_ok=True)
    names, matrix = zip(*((name, row.half()) for name, row in rows()))
    write(target / "rows.f16le", torch.stack(matrix))
    manifest = {"columns": COLUMNS, "rows": list(names)}
    for bits in (8, 4):
        results = [quantize(row, bits) for row in matrix]
        write(target / f"int{bits}.bin", torch.stack([pack(q, bits) for q, _, _ in results]))
        write(target / f"int{bits}.scale.f16le", torch.stack([scale for _, scale, _ in results]))
        write(target / f"int{bits}.back.f16le", torch.stack([q.half() * scale for q, scale, _ in results]))
        manifest[f"int{bits}"] = {name: acts for name, (_, _, acts) in zip(names, results) if acts}
    (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def write(file, tensor):
    file.write_bytes(tensor.contiguous().numpy().tobytes())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
