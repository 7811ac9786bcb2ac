#!/usr/bin/env python3
"""Writes testdata/patch: a patch of the synthetic model as OpenChineseLLaMA publishes its own, and what it makes of the base.

    python3 tools/golden/patch.py testdata/synthetic/base/hf_bin_2shard testdata/patch

Needs torch. The patch is `tuned - base` in f16, a file for each layer with unpadded numbers and the rotary buffer that the
originals carry, beside a patch_history.json. The tuned model is the base with noise; in some rows of the embedding it is far
away, so that differences and sums round, and in some the weights are subnormal. `patched.json` holds the SHA-256 of the bytes
of every tensor of `patch + base`, added by torch in f16, of the tuned model, and of
`patched - base`.
"""

import hashlib
import json
import pathlib
import sys

import torch

LAYERS = 2


def load(folder):
    state = {}
    for file in sorted(folder.glob("pytorch_model-*.bin")):
        state.update(torch.load(file, weights_only=True))
    return {name: tensor for name, tensor in state.items() if not name.endswith("inv_freq")}


def tune(name, base, generator):
    noise = torch.randn(base.shape, generator=generator)
    tuned = base.float() + 0.002 * noise
    if name == "model.embed_tokens.weight":
        tuned[:32] = base[:32].float() + 3 * noise[:32]  # differences larger than the weights
        tuned[32:40] = base[32:40].float() * 1e-6  # nearly nothing is left
        tuned[40:44] = noise[40:44] * 2**-20  # subnormal in f16
    return tuned.half()


def shard(name):
    if name == "model.embed_tokens.weight":
        return 1
    return int(name.split(".")[2]) + 1 if name.startswith("model.layers.") else LAYERS


def sha256(tensor):
    return hashlib.sha256(tensor.contiguous().numpy().tobytes()).hexdigest()


def main(source, target):
    target.mkdir(parents=True, exist_ok=True)
    base = load(source)
    generator = torch.Generator().manual_seed(7)
    tuned = {name: tune(name, tensor, generator) for name, tensor in base.items()}
    patch = {name: tuned[name] - base[name] for name in base}
    patched = {name: patch[name] + base[name] for name in base}
    assert all(tensor.dtype == torch.float16 for tensor in patched.values())
    history, index = {}, {}
    for number in range(1, LAYERS + 1):
        file = f"pytorch_model-{number}-of-{LAYERS}.bin"
        part = {name: tensor for name, tensor in patch.items() if shard(name) == number}
        part[f"model.layers.{number - 1}.self_attn.rotary_emb.inv_freq"] = torch.ones(8)
        torch.save(part, target / file)
        history[file] = False
        index.update({name: file for name in part})
    write(target / "patch_history.json", history)
    write(target / "pytorch_model.bin.index.json", {"metadata": {"total_size": 0}, "weight_map": index})
    config = json.loads((source / "config.json").read_text())
    config.update(bos_token_id=0, eos_token_id=1, pad_token_id=-1)  # as OpenChineseLLaMA's say, wrongly
    write(target / "config.json", config)
    write(
        target / "patched.json",
        {
            "patched": {name: sha256(tensor) for name, tensor in patched.items()},
            "tuned": {name: sha256(tensor) for name, tensor in tuned.items()},
            "difference": {name: sha256(patched[name] - base[name]) for name in base},
            "inexact": sum(int((patched[name] != tuned[name]).sum()) for name in base),
            "rounded_sums": sum(
                int((patched[name].double() != patch[name].double() + base[name].double()).sum()) for name in base
            ),
        },
    )


def write(file, value):
    file.write_text(json.dumps(value, indent=2) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
