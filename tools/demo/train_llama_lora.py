#!/usr/bin/env python3
"""tiny-chinese-llama-lora: first the tables of the grown vocabulary alone, then LoRA on all projections with them.

python3 tools/demo/train_llama_lora.py --minutes-tables 8 --minutes 40
"""

import argparse
import shutil
import sys

import torch

import adapters
import corpora
import family
import poems
import training
from family import BOS, EOS, LLAMA_LORA, WORK

RANK = 64


def documents():
    verse = [poem.document for poem in poems.parse_all(corpora.verse_rows()[0])]
    return verse + corpora.classics_documents()[0]


def grown(words):
    """New rows start at the mean of the old ones, with a little noise so that they differ."""
    model = family.base(torch.float32)
    model.resize_token_embeddings(words.vocab_size(), mean_resizing=False)
    old = family.tokenizer("english").vocab_size()
    for table in (model.get_input_embeddings().weight, model.get_output_embeddings().weight):
        with torch.no_grad():
            table[old:] = table[:old].mean(0) + 0.02 * torch.randn(table.shape[0] - old, table.shape[1])
    return model


def main():
    options = arguments()
    torch.manual_seed(corpora.SEED + 1)
    words = family.tokenizer("chinese_llama")
    model = grown(words)
    batches = training.packed(
        documents(), lambda text: [BOS, *words.encode(text), EOS], 256, 4, corpora.SEED + 1
    )
    first = train_tables(model, batches, options.minutes_tables)
    adapted = adapters.attach(model, RANK)
    rates = adapters.groups(adapted, 7e-4, 1e-3)
    second = training.train(adapted.get_base_model(), batches, options.minutes, rates, sys.stderr, WORK / "llama.checkpoint")
    adapters.save(adapted, LLAMA_LORA, "tiny-llama")
    shutil.copy(WORK / "tokenizers/chinese_llama.model", LLAMA_LORA / "tokenizer.model")
    training.write_record(LLAMA_LORA, tables=first, lora=second)


def train_tables(model, batches, minutes):
    """Stage one: everything but the two tables is frozen."""
    model.requires_grad_(False)
    tables = [model.get_input_embeddings().weight, model.get_output_embeddings().weight]
    for table in tables:
        table.requires_grad_(True)
    return training.train(model, batches, minutes, [(tables, 3e-3, 0.01)], sys.stderr, WORK / "tables.checkpoint")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes-tables", type=float, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
