#!/usr/bin/env python3
"""tiny-llama: a small LLaMA from nothing, on the English books.

python3 tools/demo/train_base.py --minutes 15
"""

import argparse
import shutil
import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM

import corpora
import training
from family import BASE, BOS, EOS, WORK, tokenizer

CONFIG = dict(
    hidden_size=256,
    intermediate_size=768,
    num_hidden_layers=4,
    num_attention_heads=8,
    num_key_value_heads=4,
    max_position_embeddings=512,
    rms_norm_eps=1e-5,
    tie_word_embeddings=False,
    bos_token_id=BOS,
    eos_token_id=EOS,
)


def main():
    minutes = arguments().minutes
    torch.manual_seed(corpora.SEED)
    words = tokenizer("english")
    model = LlamaForCausalLM(LlamaConfig(vocab_size=words.vocab_size(), **CONFIG))
    batches = training.packed(
        corpora.english_documents()[0], lambda text: [BOS, *words.encode(text), EOS], 256, 8, corpora.SEED
    )
    matrices = [p for p in model.parameters() if p.dim() > 1]
    norms = [p for p in model.parameters() if p.dim() == 1]
    groups = [(matrices, 2e-3, 0.1), (norms, 2e-3, 0.0)]
    record = training.train(model, batches, minutes, groups, sys.stderr, WORK / "base.checkpoint")
    model.to(torch.bfloat16).save_pretrained(BASE)
    shutil.copy(WORK / "tokenizers/english.model", BASE / "tokenizer.model")
    training.write_record(BASE, **record)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
