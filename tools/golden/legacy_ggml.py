"""Writes testdata/gguf/legacy: the synthetic model in every format before GGUF, and its logits.

Knows the layouts by itself: the reader is not asked. Run at the root of the repository with torch, numpy and sentencepiece.
Each file has f32 norms, f16 head and down projections (176 columns fill no blocks), Q4_1 gate and up projections, and the
rest in Q4_0. Logits are float64 of what the blocks decode to, with the epsilon of the programs of that time, 1e-6.
"""

import json
import struct
from pathlib import Path

import numpy as np
import sentencepiece
import torch

SOURCE = Path("testdata/synthetic/base/meta_1shard")
TARGET = Path("testdata/gguf/legacy")
LAYERS, HEADS, KV_HEADS, DIM, VOCAB, EPS, THETA = 2, 4, 2, 64, 512, 1e-6, 10000.0
HEAD_DIM = DIM // HEADS
F32, F16, Q4_0, Q4_1 = 0, 1, 2, 3
PROMPTS = [[1], [1, 15, 87], [1, 403, 407, 261, 378], [1, 33, 298, 11, 259, 430, 77, 5]]

# name: magic, version, scores in the vocabulary, padding, order of levels, least values and scales of a row first,
# scales in f16
FORMATS = {
    "ggml_rows": (0x67676D6C, None, False, False, "pairs", True, False),
    "ggml": (0x67676D6C, None, False, False, "pairs", False, False),
    "ggmf_1": (0x67676D66, 1, True, False, "pairs", False, False),
    "ggjt_1": (0x67676A74, 1, True, True, "pairs", False, False),
    "ggjt_2": (0x67676A74, 2, True, True, "halves", False, False),
    "ggjt_3": (0x67676A74, 3, True, True, "halves", False, True),
}


def kind(name, weight):
    if weight.ndim == 1:
        return F32
    if name == "output.weight" or ".w2." in name:
        return F16
    return Q4_1 if ".w1." in name or ".w3." in name else Q4_0


def pack(levels, order):
    low, high = (levels[0::2], levels[1::2]) if order == "pairs" else (levels[:16], levels[16:])
    return (low | high << 4).astype(np.uint8).tobytes()


def quantize(row, which, order, rows, half):
    """The bytes of one row and the numbers they stand for."""
    scales, mins, levels, values = [], [], [], []
    real = np.float16 if half else np.float32
    for block in row.reshape(-1, 32).astype(np.float32):
        if which == Q4_0:
            scale = real(np.abs(block).max() / 7)
            level = np.clip(np.rint(block / np.float32(scale)) if scale else 0 * block, -8, 7).astype(np.int64) + 8
            values.append((level - 8) * np.float64(scale))
        else:
            least = real(block.min())
            scale = real((block.max() - block.min()) / 15)
            level = np.clip(np.rint((block - np.float32(least)) / np.float32(scale)), 0, 15).astype(np.int64)
            values.append(level * np.float64(scale) + np.float64(least))
            mins.append(real(least).tobytes())
        scales.append(real(scale).tobytes())
        levels.append(pack(level, order))
    if rows:
        data = b"".join(mins) + b"".join(scales) + b"".join(levels)
    else:
        parts = zip(scales, mins or [b""] * len(scales), levels)
        data = b"".join(b"".join(part) for part in parts)
    return data, np.concatenate(values)


def encode(weight, which, order, rows, half):
    if which in (F32, F16):
        stored = weight.astype(np.float32 if which == F32 else np.float16)
        return stored.tobytes(), stored.astype(np.float64)
    encoded = [quantize(row, which, order, rows, half) for row in weight]
    return b"".join(data for data, _ in encoded), np.stack([values for _, values in encoded])


def vocabulary(scores):
    pieces = sentencepiece.SentencePieceProcessor(str(SOURCE / "tokenizer.model"))
    out = b""
    for i in range(pieces.vocab_size()):
        if pieces.is_unknown(i):
            text = " \u2047 ".encode()
        elif pieces.is_control(i):
            text = b""
        elif pieces.is_byte(i):
            text = bytes([int(pieces.id_to_piece(i)[3:5], 16)])
        else:
            text = pieces.id_to_piece(i).replace("\u2581", " ").encode()
        out += struct.pack("<i", len(text)) + text
        out += struct.pack("<f", pieces.get_score(i)) if scores else b""
    return out


def norm(x, weight):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + EPS) * weight


def rotate(x):
    """(length, heads, head_dim), neighbours turn together."""
    angles = np.outer(np.arange(x.shape[0]), THETA ** (-np.arange(0, HEAD_DIM, 2) / HEAD_DIM))[:, None, :]
    even, odd, cos, sin = x[..., 0::2], x[..., 1::2], np.cos(angles), np.sin(angles)
    out = np.empty_like(x)
    out[..., 0::2], out[..., 1::2] = even * cos - odd * sin, even * sin + odd * cos
    return out


def forward(weights, ids):
    x = weights["tok_embeddings.weight"][ids]
    mask = np.triu(np.full((len(ids), len(ids)), -np.inf), 1)
    for layer in range(LAYERS):
        w = lambda name: weights[f"layers.{layer}.{name}.weight"]  # noqa: E731
        h = norm(x, w("attention_norm"))
        q = rotate((h @ w("attention.wq").T).reshape(-1, HEADS, HEAD_DIM))
        k = rotate((h @ w("attention.wk").T).reshape(-1, KV_HEADS, HEAD_DIM))
        v = (h @ w("attention.wv").T).reshape(-1, KV_HEADS, HEAD_DIM)
        k, v = (np.repeat(each, HEADS // KV_HEADS, 1) for each in (k, v))
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(HEAD_DIM) + mask
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        x = x + np.einsum("hqk,khd->qhd", scores, v).reshape(len(ids), -1) @ w("attention.wo").T
        h = norm(x, w("ffn_norm"))
        gate = h @ w("feed_forward.w1").T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ w("feed_forward.w3").T)) @ w("feed_forward.w2").T
    return norm(x[-1], weights["norm.weight"]) @ weights["output.weight"].T


def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    state = torch.load(SOURCE / "consolidated.00.pth", map_location="cpu", weights_only=True)
    state = {name: value.float().numpy() for name, value in state.items() if "rope.freqs" not in name}
    reference = {}
    for name, (magic, version, scores, padded, order, rows, half) in FORMATS.items():
        out = struct.pack("<I", magic) + (struct.pack("<i", version) if version else b"")
        out += struct.pack("<7i", VOCAB, DIM, 256, HEADS, LAYERS, HEAD_DIM, Q4_0) + vocabulary(scores)
        weights = {}
        for tensor, weight in state.items():
            which = kind(tensor, weight)
            data, weights[tensor] = encode(weight, which, order, rows, half)
            out += struct.pack("<3i", weight.ndim, len(tensor), which)
            out += struct.pack(f"<{weight.ndim}i", *reversed(weight.shape)) + tensor.encode()
            out += b"\0" * (-len(out) % 32) if padded else b""
            out += data
        (TARGET / f"{name}.bin").write_bytes(out)
        reference[name] = [
            {"ids": ids, "logits_last": [round(float(x), 7) for x in forward(weights, ids)]} for ids in PROMPTS
        ]
    (TARGET / "reference.json").write_text(json.dumps(reference))


main()
