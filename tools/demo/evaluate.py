#!/usr/bin/env python3
"""Perplexities of the held-out texts at each stage, and the share of sampled poems that keep a regular form.

python3 tools/demo/evaluate.py
"""

import json
import math
import random

import torch
import torch.nn.functional as F

import corpora
import held_out
import instructions
import poems
import stages
from family import BOS, EOS
from train_alpaca_lora import TEMPLATE

SAMPLES = 100
TEMPERATURE = 0.7
LONGEST = 160
WINDOW = 512
BYTES = [3 + byte for byte in range(256) if byte != ord("\n")]
WORDING = instructions.WITH_TITLE[0]


@torch.no_grad()
def nll(model, ids, given=1):
    """In nats, summed over all tokens but those given."""
    ids = torch.tensor(ids)
    logits = model(ids[None]).logits[0, given - 1 : -1].double()
    return F.cross_entropy(logits, ids[given:], reduction="sum").item()


def perplexities(stage, texts):
    """Of a token, and in bits of a character, which vocabularies have in common."""
    return perplexity(stage, [([BOS], stage.words.encode(text)) for text in texts])


def answers(stage, documents):
    """The same of poems when their form and title are asked for in the Alpaca template."""
    heads, bodies = zip(*(document.split("\n", 1) for document in documents), strict=True)
    forms, titles = zip(*(head.split(" ", 1) for head in heads), strict=True)
    asked = [TEMPLATE.format(instruction=WORDING.format(form=f, title=t)) for f, t in zip(forms, titles, strict=True)]
    encode = stage.words.encode
    return perplexity(stage, [([BOS, *encode(a)], encode(body)) for a, body in zip(asked, bodies, strict=True)])


def perplexity(stage, cases):
    total = tokens = characters = 0
    for given, wanted in cases:
        wanted = wanted[: WINDOW - len(given)]
        total += nll(stage.model, given + wanted, len(given))
        tokens += len(wanted)
        characters += len(stage.words.decode(wanted))
    return dict(
        perplexity=round(math.exp(total / tokens), 2),
        bits_per_character=round(total / math.log(2) / characters, 3),
        perplexity_per_character=round(math.exp(total / characters), 2),
        tokens_per_character=round(tokens / characters, 3),
    )


@torch.no_grad()
def sample(stage, instruction, generator, whole):
    """With a cache; stops at EOS. Whole characters: of the byte pieces only the line break."""
    ids = [BOS, *stage.words.encode(TEMPLATE.format(instruction=instruction))]
    step, cache, answer = torch.tensor([ids]), None, []
    while len(answer) < LONGEST:
        out = stage.model(step, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        logits = out.logits[0, -1].double()
        if whole:
            logits[BYTES] = -torch.inf
        token = torch.multinomial(torch.softmax(logits / TEMPERATURE, -1), 1, generator=generator).item()
        if token == EOS:
            break
        answer.append(token)
        step = torch.tensor([[token]])
    return stage.words.decode(answer)


def titles():
    """Of held-out poems, asked for in every wording."""
    chance = random.Random(corpora.SEED)
    held = [poem for poem in poems.parse_all(corpora.verse_rows()[1]) if instructions.short(poem)]
    for poem in chance.sample(held, SAMPLES):
        yield instructions.write(poem, chance)[0], poem.form


def sampled_poems(stage, whole):
    generator = torch.Generator().manual_seed(corpora.SEED)
    return [(asked, form, sample(stage, asked, generator, whole)) for asked, form in titles()]


def main():
    texts = held_out.texts()
    for stage in stages.all_stages():
        figures = {language: perplexities(stage, texts[language]) for language in texts}
        print(stage.name, json.dumps(figures | dict(answers=answers(stage, texts["verse"]))), flush=True)
    for whole in (False, True):
        written = sampled_poems(stage, whole)
        regular = sum(poems.is_regular(text) for _, _, text in written)
        print(f"\n{regular} of {SAMPLES} sampled poems keep a regular form{', whole characters' * whole}", flush=True)
    for asked, _, text in written[:20]:
        print(f"\n{asked}\n{text}")


if __name__ == "__main__":
    main()
