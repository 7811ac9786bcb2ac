"""Small sound GGUF and ggml files to start fuzzing from: testdata/fuzz/{gguf,ggml_legacy}. One layer, hidden size 2."""

import pathlib
import struct

FOLDER = pathlib.Path(__file__).parents[2] / "testdata" / "fuzz"
U32, I32, F32, BOOL, TEXT, ARRAY = 4, 5, 6, 7, 8, 9
CODES = {U32: "<I", I32: "<i", F32: "<f", BOOL: "<?"}

SIZES = {
    "llama.context_length": (U32, 8),
    "llama.embedding_length": (U32, 2),
    "llama.block_count": (U32, 1),
    "llama.feed_forward_length": (U32, 1),
    "llama.attention.head_count": (U32, 1),
    "llama.attention.layer_norm_rms_epsilon": (F32, 1e-5),
}
PIECES = {
    "tokenizer.ggml.model": (TEXT, "llama"),
    "tokenizer.ggml.tokens": (ARRAY, TEXT, ["<unk>", "<s>", "</s>", "a", "\u2581", "\u2581a"]),
    "tokenizer.ggml.scores": (ARRAY, F32, [0, 0, 0, -1, -2, -3]),
    "tokenizer.ggml.token_type": (ARRAY, I32, [2, 3, 3, 1, 1, 4]),
    "tokenizer.ggml.bos_token_id": (U32, 1),
    "tokenizer.ggml.add_eos_token": (BOOL, True),
    "tokenizer.chat_template": (TEXT, "{{ messages }}"),
}
PAIRS = {
    "llama.rope.scaling.type": (TEXT, "yarn"),
    "llama.rope.scaling.factor": (F32, 2),
    "tokenizer.ggml.model": (TEXT, "gpt2"),
    "tokenizer.ggml.pre": (TEXT, "llama-bpe"),
    "tokenizer.ggml.tokens": (ARRAY, TEXT, ["a", "b", "ab", "\u0120", "<|eot_id|>", "[PAD5]"]),
    "tokenizer.ggml.token_type": (ARRAY, I32, [1, 1, 1, 1, 3, 5]),
    "tokenizer.ggml.merges": (ARRAY, TEXT, ["a b"]),
}
SHAPES = {
    "token_embd.weight": [2, 6],
    "blk.0.attn_norm.weight": [2],
    "blk.0.attn_q.weight": [2, 2],
    "blk.0.attn_k.weight": [2, 2],
    "blk.0.attn_v.weight": [2, 2],
    "blk.0.attn_output.weight": [2, 2],
    "blk.0.ffn_norm.weight": [2],
    "blk.0.ffn_gate.weight": [2, 1],
    "blk.0.ffn_up.weight": [2, 1],
    "blk.0.ffn_down.weight": [1, 2],
    "output_norm.weight": [2],
}
META = {
    "token_embd": "tok_embeddings",
    "blk.0.attn_norm": "layers.0.attention_norm",
    "blk.0.attn_q": "layers.0.attention.wq",
    "blk.0.attn_k": "layers.0.attention.wk",
    "blk.0.attn_v": "layers.0.attention.wv",
    "blk.0.attn_output": "layers.0.attention.wo",
    "blk.0.ffn_norm": "layers.0.ffn_norm",
    "blk.0.ffn_gate": "layers.0.feed_forward.w1",
    "blk.0.ffn_up": "layers.0.feed_forward.w3",
    "blk.0.ffn_down": "layers.0.feed_forward.w2",
    "output_norm": "norm",
    "output": "output",
}


def text(value):
    return struct.pack("<Q", len(value.encode())) + value.encode()


def plain(kind, value):
    return text(value) if kind == TEXT else struct.pack(CODES[kind], value)


def value(kind, *rest):
    if kind != ARRAY:
        return struct.pack("<I", kind) + plain(kind, rest[0])
    element, values = rest
    return struct.pack("<IIQ", kind, element, len(values)) + b"".join(plain(element, each) for each in values)


def gguf(name, settings):
    settings = {"general.architecture": (TEXT, "llama"), **SIZES, **settings}
    out = b"GGUF" + struct.pack("<IQQ", 3, len(SHAPES), len(settings))
    out += b"".join(text(key) + value(*each) for key, each in settings.items())
    data = b""
    for tensor, shape in SHAPES.items():
        out += text(tensor) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(data))
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        data += struct.pack(f"<{count}f", *([0.5] * count))
        data += b"\0" * (-len(data) % 32)
    write(f"gguf/{name}.gguf", out + b"\0" * (-len(out) % 32) + data)


def ggml(name, magic, version):
    out = struct.pack("<I", magic) + (struct.pack("<I", version) if version else b"")
    out += struct.pack("<7i", 6, 2, 256, 1, 1, 2, 0)
    for token in [b" \xe2\x81\x87 ", b"", b"", b"ab", b" ab", b"abab"]:
        out += struct.pack("<i", len(token)) + token + (struct.pack("<f", -1) if version else b"")
    for tensor, shape in {**SHAPES, "output.weight": [2, 6]}.items():
        tensor = META[tensor.removesuffix(".weight")] + ".weight"
        out += struct.pack(f"<3i{len(shape)}i", len(shape), len(tensor), 0, *shape) + tensor.encode()
        out += b"\0" * (-len(out) % 32) if magic == 0x67676A74 else b""
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        out += struct.pack(f"<{count}f", *([0.5] * count))
    write(f"ggml_legacy/{name}.bin", out)


def write(name, content):
    path = FOLDER / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    print(name, len(content))


gguf("pieces", PIECES)
gguf("pairs", PAIRS)
ggml("ggml", 0x67676D6C, None)
ggml("ggmf", 0x67676D66, 1)
ggml("ggjt", 0x67676A74, 3)
