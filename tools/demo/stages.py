"""The three models of the family, as transformers and PEFT merge them: in bf16, then computed in f32."""

from typing import NamedTuple

import torch
from peft import PeftModel

import family


class Stage(NamedTuple):
    name: str
    model: torch.nn.Module
    words: object


def all_stages():
    yield Stage("base", family.base(torch.float32).eval(), family.tokenizer(family.BASE))
    model = family.base(torch.bfloat16)
    for name, folder in (("chineseLlama", family.LLAMA_LORA), ("chineseAlpaca", family.ALPACA_LORA)):
        words = family.tokenizer(folder)
        model.resize_token_embeddings(words.vocab_size(), mean_resizing=False)
        model = PeftModel.from_pretrained(model, folder).merge_and_unload()
        yield Stage(name, as_f32(model), words)


def as_f32(model):
    """A copy, so that the next adapter still finds bf16."""
    copy = type(model)(model.config).to(torch.float32)
    copy.load_state_dict(model.state_dict())
    return copy.eval()
