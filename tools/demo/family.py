"""Where things are kept, and how they are opened."""

import pathlib

import sentencepiece
import torch
from transformers import LlamaForCausalLM

from corpora import ROOT

WORK = ROOT / "target" / "demo"
TOKENIZERS = WORK / "tokenizers"
BASE = WORK / "tiny-llama"
LLAMA_LORA = WORK / "tiny-chinese-llama-lora"
ALPACA_LORA = WORK / "tiny-chinese-alpaca-lora"

BOS, EOS = 1, 2
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def tokenizer(path):
    """A tokenizer.model, or one of the names in WORK/tokenizers."""
    file = TOKENIZERS / f"{path}.model" if isinstance(path, str) else pathlib.Path(path) / "tokenizer.model"
    return sentencepiece.SentencePieceProcessor(model_file=str(file))


def base(dtype):
    """As saved: its values are those of bf16, whatever they are computed in."""
    return LlamaForCausalLM.from_pretrained(BASE, dtype=torch.bfloat16).to(dtype)
