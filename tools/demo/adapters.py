"""LoRA as PEFT has it, trained a little faster: the product of the factors joins the weight before the one big product."""

import json

import torch
import torch.nn.functional as F
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import Linear as LoraLinear

from family import PROJECTIONS


def attach(model, rank):
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.0,
        target_modules=PROJECTIONS,
        modules_to_save=["embed_tokens", "lm_head"],
        task_type="CAUSAL_LM",
    )
    adapted = get_peft_model(model, config)
    for module in adapted.modules():
        if isinstance(module, LoraLinear):
            module.forward = joined(module)
    return adapted


def joined(module):
    """For small layers and many tokens W + s B A, then one product, is less work than two products and a sum of activations."""
    down, up, scale = module.lora_A["default"], module.lora_B["default"], module.scaling["default"]
    base = module.get_base_layer()
    return lambda x: F.linear(x, base.weight + scale * (up.weight @ down.weight))


def groups(adapted, factor_rate, table_rate):
    factors = [p for name, p in adapted.named_parameters() if p.requires_grad and "lora_" in name]
    tables = [p for name, p in adapted.named_parameters() if p.requires_grad and "lora_" not in name]
    return [(factors, factor_rate, 0.0), (tables, table_rate, 0.01)]


def save(adapted, folder, trained_on):
    """What differs from machine to machine and run to run is left out of the config."""
    adapted.to(torch.float16).save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    file = folder / "adapter_config.json"
    config = json.loads(file.read_text())
    config.update(base_model_name_or_path=trained_on, target_modules=PROJECTIONS)
    file.write_text(json.dumps(config, indent=2) + "\n")
