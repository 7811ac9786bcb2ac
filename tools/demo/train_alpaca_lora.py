#!/usr/bin/env python3
"""tiny-chinese-alpaca-lora: instruction tuning on the base with the first adapter merged in, at the end with plain verse.

python3 tools/demo/train_alpaca_lora.py --minutes 24 --minutes-mixed 8.5
"""

import argparse
import random
import shutil
import sys

import torch
from peft import PeftModel

import adapters
import corpora
import family
import instructions
import poems
import training
from family import ALPACA_LORA, BOS, EOS, LLAMA_LORA, WORK

RANK = 32
TEMPLATE = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Response: "
)
LONGEST = 256
PLAIN_SHARE = 0.6  # plain poems: three for two instructions
TOKENS_A_BATCH = 1536


def merged(dtype):
    """What the second adapter is trained on: merged in bf16, the vocabulary grown by `[PAD]`."""
    model = family.base(torch.bfloat16)
    model.resize_token_embeddings(family.tokenizer("chinese_llama").vocab_size(), mean_resizing=False)
    return PeftModel.from_pretrained(model, LLAMA_LORA).merge_and_unload().to(dtype)


def mixed(words):
    """Instructions with plain poems among them, so that what the first adapter learnt is not lost."""
    chance = random.Random(corpora.SEED)
    verse = [poem for poem in poems.parse_all(corpora.verse_rows()[0]) if instructions.short(poem)]
    for example in examples(words):
        yield example
        while chance.random() < PLAIN_SHARE:
            yield [BOS, *words.encode(chance.choice(verse).document), EOS], 1


def examples(words):
    """(ids, length of the prompt), endlessly; prompt and answer are encoded apart, as the seed systems do."""
    quatrains_and_octaves = [poem for poem in poems.parse_all(corpora.verse_rows()[0]) if instructions.short(poem)]
    pages = corpora.english_documents()[0]
    seed = corpora.SEED
    while True:
        seed += 1
        for instruction, answer in instructions.pairs(quatrains_and_octaves, pages, seed):
            prompt = [BOS, *words.encode(TEMPLATE.format(instruction=instruction))]
            ids = [*prompt, *words.encode(answer), EOS]
            if len(ids) <= LONGEST:
                yield ids, len(prompt)


def batches(source, pad):
    """Examples of like length together, so that little is padding; the batches of each lot come in random order."""
    chance = torch.Generator().manual_seed(corpora.SEED)
    while True:
        lot = sorted((next(source) for _ in range(2048)), key=lambda example: len(example[0]))
        cut = []
        while lot:
            size = max(1, TOKENS_A_BATCH // len(lot[-1][0]))
            cut.append(lot[-size:])
            lot = lot[:-size]
        for i in torch.randperm(len(cut), generator=chance).tolist():
            yield batch(cut[i], pad)


def batch(group, pad):
    """Padding comes last, where a causal model cannot see it."""
    ids = torch.full((len(group), len(group[-1][0])), pad)
    labels = torch.full_like(ids, training.IGNORED)
    for row, (example, prompt) in enumerate(group):
        ids[row, : len(example)] = torch.tensor(example)
        labels[row, prompt : len(example)] = ids[row, prompt : len(example)]
    return ids, labels


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--minutes-mixed", type=float, required=True)
    options = parser.parse_args()
    torch.manual_seed(corpora.SEED + 2)
    words = family.tokenizer("chinese_alpaca")
    pad = words.vocab_size() - 1
    model = merged(torch.float32)
    model.resize_token_embeddings(words.vocab_size(), mean_resizing=False)
    model.requires_grad_(False)
    adapted = adapters.attach(model, RANK)
    inner, rates = adapted.get_base_model(), adapters.groups(adapted, 6e-4, 4e-4)
    first = training.train(inner, batches(examples(words), pad), options.minutes, rates, sys.stderr, WORK / "alpaca.checkpoint")
    rates = adapters.groups(adapted, 3e-4, 2e-4)
    second = training.train(inner, batches(mixed(words), pad), options.minutes_mixed, rates, sys.stderr, WORK / "mixed.checkpoint")
    adapters.save(adapted, ALPACA_LORA, "tiny-llama with tiny-chinese-llama-lora")
    shutil.copy(WORK / "tokenizers/chinese_alpaca.model", ALPACA_LORA / "tokenizer.model")
    training.write_record(ALPACA_LORA, instructions=first, mixed=second)


if __name__ == "__main__":
    main()
