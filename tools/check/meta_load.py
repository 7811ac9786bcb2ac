"""Reads a folder that HanLlama wrote in Meta's format the way its users do.

    python tools/check/meta_load.py META HF

torch.load(weights_only=True) must take every consolidated.NN.pth, every content must be stored at a multiple of 64 bytes
with its checksum, and joined, renamed and with the rotary rows put back, every tensor must equal that of the Hugging Face
folder bit for bit. Needs torch and safetensors; not part of the build.
"""

import glob
import json
import os
import sys

import torch
from torch_load import check_archive, load_bin, load_safetensors

NAMES = {
    "attention.wq": "self_attn.q_proj",
    "attention.wk": "self_attn.k_proj",
    "attention.wv": "self_attn.v_proj",
    "attention.wo": "self_attn.o_proj",
    "feed_forward.w1": "mlp.gate_proj",
    "feed_forward.w2": "mlp.down_proj",
    "feed_forward.w3": "mlp.up_proj",
    "attention_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
WHOLE = {
    "tok_embeddings.weight": "model.embed_tokens.weight",
    "norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def hf_name(name):
    if name in WHOLE:
        return WHOLE[name]
    _, layer, rest = name.split(".", 2)
    return f"model.layers.{layer}.{NAMES[rest.removesuffix('.weight')]}.weight"


def join(name, parts, dim):
    if parts[0].dim() == 1:
        assert all(torch.equal(part, parts[0]) for part in parts), name
        return parts[0]
    by_columns = ".wo." in name or ".w2." in name or (name.startswith("tok_") and parts[0].shape[1] != dim)
    return torch.cat(parts, dim=1 if by_columns else 0)


def half_split(tensor, heads):
    rows, columns = tensor.shape
    return tensor.view(heads, rows // heads // 2, 2, columns).transpose(1, 2).reshape(rows, columns)


def main(meta, hf):
    with open(os.path.join(meta, "params.json")) as file:
        params = json.load(file)
    paths = sorted(glob.glob(os.path.join(meta, "consolidated.*.pth")))
    for path in paths:
        check_archive(path)
    shards = [torch.load(path, weights_only=True, mmap=True) for path in paths]
    expected = load_safetensors(hf) or load_bin(hf)
    assert all(shard.keys() == shards[0].keys() for shard in shards)
    for name in shards[0]:
        tensor = join(name, [shard[name] for shard in shards], params["dim"])
        if ".wq." in name:
            tensor = half_split(tensor, params["n_heads"])
        if ".wk." in name:
            tensor = half_split(tensor, params.get("n_kv_heads", params["n_heads"]))
        other = expected.get(hf_name(name), expected["model.embed_tokens.weight"])
        assert tensor.dtype == other.dtype and torch.equal(tensor, other), name
    print(f"torch {torch.__version__}: {len(shards)} files, {len(shards[0])} tensors, equal to {hf}")


if __name__ == "__main__":
    main(*sys.argv[1:])
