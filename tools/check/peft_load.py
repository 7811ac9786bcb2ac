#!/usr/bin/env python3
"""Loads an adapter that `llama adapter` has written in Python's PEFT and compares what it makes of the base with a model.

    ./llama adapter combine --base BASE --lora A --lora B --output ADAPTER
    ./llama adapter combine --base BASE --lora A --lora B --merge --output MERGED
    python3 tools/check/peft_load.py BASE ADAPTER MERGED

Needs torch, transformers, peft and safetensors. Prints the largest difference of a weight, and fails where it is larger than 1e-5
of the largest weight of its tensor.
"""

import pathlib
import sys

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM


def main(base, adapter, merged):
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    expected = {}
    for file in sorted(pathlib.Path(merged).glob("*.safetensors")):
        expected.update(load_file(file))
    rows = expected["model.embed_tokens.weight"].shape[0]
    if rows != model.get_input_embeddings().weight.shape[0]:
        model.resize_token_embeddings(rows)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state = PeftModel.from_pretrained(model, adapter).merge_and_unload().state_dict()
    worst, changed = 0.0, 0
    for name, tensor in expected.items():
        difference = (state[name].double() - tensor.double()).abs().max().item()
        worst = max(worst, difference)
        changed += not torch.equal(state[name], before[name])
        assert difference <= 1e-5 * tensor.abs().max().item(), (name, difference)
    assert changed, "the adapter changes nothing"
    print(f"{len(expected)} tensors, {changed} changed, largest difference {worst:.2e}")


if __name__ == "__main__":
    main(*sys.argv[1:])
