"""Merges a LoRA into a base and saves it with PEFT, on the files that MergeSpeed leaves in its folder.

    python peft_merge.py FOLDER/base FOLDER/adapter OUTPUT
"""

import resource
import sys
import time

import torch
from peft import PeftModel
from safetensors import safe_open
from transformers import LlamaForCausalLM


def main(base, adapter, output):
    start = time.perf_counter()
    model = LlamaForCausalLM.from_pretrained(base, dtype=torch.float16)
    with safe_open(adapter + "/adapter_model.safetensors", "pt") as tensors:
        rows = tensors.get_slice("base_model.model.model.embed_tokens.weight").get_shape()[0]
    model.resize_token_embeddings(rows, mean_resizing=False)
    loaded = PeftModel.from_pretrained(model, adapter)
    merged = loaded.merge_and_unload()
    merged.save_pretrained(output)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"PEFT: {seconds:.1f} s, at most {peak / 1e9:.2f} GB resident")


main(*sys.argv[1:])
