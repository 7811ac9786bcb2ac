#!/usr/bin/env python3
"""Copies the artefacts into the module `llama-demo-model`; the model cards there are written by hand.

python3 tools/demo/publish.py
"""

import shutil

import corpora
from family import ALPACA_LORA, BASE, LLAMA_LORA

RESOURCES = corpora.ROOT / "llama-demo-model/src/main/resources/META-INF/hanllama"
WEIGHTS = {
    BASE: ["config.json", "generation_config.json", "model.safetensors"],
    LLAMA_LORA: ["adapter_config.json", "adapter_model.safetensors"],
    ALPACA_LORA: ["adapter_config.json", "adapter_model.safetensors"],
}


def main():
    for folder, files in WEIGHTS.items():
        target = RESOURCES / folder.name
        target.mkdir(parents=True, exist_ok=True)
        for name in [*files, "tokenizer.model", "training.json"]:
            shutil.copyfile(folder / name, target / name)
            (target / name).chmod(0o644)


if __name__ == "__main__":
    main()
