#!/usr/bin/env python3
"""Writes testdata/peft_kinds: LoRA adapters of the rarer kinds on tiny random LLaMAs, with PEFT's own results.

    python3 tools/golden/peft_kinds.py testdata/peft_kinds

Needs torch, transformers and peft (made with 2.13, 5.18 and 0.21). Each adapter's reference.json names its base and holds,
for a few prompts, the last logits in f32 and eight greedy ids of `merge_and_unload`. `all_parameters` is what DeepSpeed
leaves of a training that saved every parameter, in torch's legacy format.
"""

import collections
import json
import pathlib
import sys
import warnings

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

PROMPTS = [[1, 5, 9, 33, 71], [1, 2, 100, 64, 64, 3, 17, 90], [1]]
GREEDY = 8
SHAPE = dict(
    vocab_size=112,
    hidden_size=32,
    intermediate_size=56,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    bos_token_id=1,
    eos_token_id=2,
)


def base_model(folder, **options):
    model = LlamaForCausalLM(LlamaConfig(**SHAPE, **options)).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            scale = 0.1 if name.endswith("bias") else 0.4
            if "norm" not in name:
                parameter.copy_(scale * torch.randn_like(parameter))
    model.save_pretrained(folder)


def load(root, base):
    return LlamaForCausalLM.from_pretrained(root / base, dtype=torch.float32).eval()


def train(model):
    """Stands for training: every value that can be trained becomes another."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))


def reference(folder, base, merged):
    cases = []
    for ids in PROMPTS:
        with torch.no_grad():
            logits = merged(torch.tensor([ids])).logits[0, -1]
            greedy, gap = list(ids), float("inf")
            for _ in range(GREEDY):
                top = merged(torch.tensor([greedy])).logits[0, -1].topk(2)
                gap = min(gap, float(top.values[0] - top.values[1]))
                greedy.append(int(top.indices[0]))
        assert gap > 1e-3, f"{folder}: greedy is a matter of chance, gap {gap}"
        cases.append({"ids": ids, "logits_last": [round(float(x), 7) for x in logits], "greedy": greedy[len(ids) :]})
    (folder / "reference.json").write_text(json.dumps({"base": base, "merged": cases}) + "\n")


def without_card(folder):
    (folder / "README.md").unlink(missing_ok=True)


def adapter(root, name, base, grow=0, **options):
    model = load(root, base)
    if grow:
        model.resize_token_embeddings(SHAPE["vocab_size"] + grow, mean_resizing=False)
    model = get_peft_model(model, LoraConfig(r=4, lora_alpha=6, task_type="CAUSAL_LM", **options)).eval()
    train(model)
    folder = root / name
    model.save_pretrained(folder)
    without_card(folder)
    reference(folder, base, model.merge_and_unload())
    return folder


def fan_in_fan_out(root):
    """A configuration with the setting, loaded again, because PEFT resets it in memory before it saves."""
    folder = adapter(root, "fan_in_fan_out", "base", target_modules=["q_proj", "down_proj"])
    config = json.loads((folder / "adapter_config.json").read_text())
    config["fan_in_fan_out"] = True
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    reference(folder, "base", PeftModel.from_pretrained(load(root, "base"), folder).merge_and_unload())


def all_parameters(root):
    """Every parameter under the name it has in memory, frozen ones and an old version's buffers included."""
    options = dict(target_modules=["q_proj", "v_proj", "up_proj"], r=4, lora_alpha=6, task_type="CAUSAL_LM")
    model = get_peft_model(load(root, "base"), LoraConfig(**options)).eval()
    for module in (model.get_input_embeddings(), model.get_output_embeddings()):
        module.weight.requires_grad_(True)
    train(model)
    folder = root / "all_parameters"
    model.save_pretrained(folder)
    without_card(folder)
    (folder / "adapter_model.safetensors").unlink()
    state = collections.OrderedDict(
        # PEFT before 0.6 had no base_layer
        (key.replace(".base_layer.", "."), value.half() if "layers" in key and "lora" not in key else value)
        for key, value in model.state_dict().items()
    )
    for layer in range(SHAPE["num_hidden_layers"]):
        state[f"base_model.model.model.layers.{layer}.self_attn.rotary_emb.inv_freq"] = torch.ones(4)
    torch.save(state, folder / "adapter_model.bin", _use_new_zipfile_serialization=False)
    # what is merged are the values as saved
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if "layers" in key and "lora" not in key and not key.split(".base_layer")[0].endswith(
                tuple(options["target_modules"])
            ):
                value.copy_(value.half())
    reference(folder, "base", model.merge_and_unload())


def strided(root):
    """Factors that were transposed and cut out of larger tensors before torch.save."""
    folder = adapter(root, "strided", "base", target_modules="all-linear")
    from safetensors.torch import load_file

    state = load_file(folder / "adapter_model.safetensors")
    for key, value in state.items():
        state[key] = torch.cat([value, value], 1)[:, : value.shape[1]] if "lora_A" in key else value.t().contiguous().t()
        assert not state[key].is_contiguous() and torch.equal(state[key], value)
    torch.save(state, folder / "adapter_model.bin")
    (folder / "adapter_model.safetensors").unlink()


def empty(root):
    """What a replaced model.state_dict makes newer PEFT save."""
    folder = root / "empty"
    folder.mkdir(exist_ok=True)
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 8, "lora_alpha": 16}\n')
    torch.save({}, folder / "adapter_model.bin")


def main(root):
    warnings.simplefilter("ignore")
    torch.manual_seed(20230513)
    torch.set_num_threads(1)
    base_model(root / "base")
    base_model(root / "base_bias", attention_bias=True, mlp_bias=True)
    fan_in_fan_out(root)
    adapter(root, "lora_bias", "base_bias", target_modules=["q_proj", "o_proj", "up_proj"], lora_bias=True)
    adapter(root, "bias_all", "base_bias", target_modules=["v_proj"], bias="all")
    adapter(root, "bias_lora_only", "base_bias", target_modules=["k_proj"], bias="lora_only", lora_bias=True)
    adapter(root, "embedding", "base", target_modules=["embed_tokens", "q_proj"], use_rslora=True)
    adapter(root, "embedding_grown", "base", grow=8, target_modules=["embed_tokens", "lm_head", "o_proj"])
    all_parameters(root)
    strided(root)
    empty(root)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
