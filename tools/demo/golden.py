#!/usr/bin/env python3
"""Writes testdata/demo/golden.json: what transformers and PEFT compute at the three stages.

python3 tools/demo/golden.py

A stage holds `logits` (prompt ids; position, and every 16th logit from 0 on with the five likeliest), `greedy` (prompt,
ids, text without EOS, and the smallest gap between the two likeliest tokens on the way; a text ends before a gap below 1e-3,
where another order of summation may choose the other), and `nll` of the held-out texts: in nats, summed over all tokens but
the BOS before them.
"""

import json

import torch

import corpora
import evaluate
import held_out
import stages
from family import BOS, EOS
from train_alpaca_lora import TEMPLATE

FILE = corpora.ROOT / "testdata" / "demo" / "golden.json"
STRIDE = 16
TIE = 1e-3
NEW_TOKENS = 48
ENGLISH = [
    "First Citizen:", "ROMEO:\nWhat", "To be, or not", "My lord,", "KING RICHARD", "The sun", "I was", "O, my", "When the", "There is",
]  # fmt: skip
CHINESE = ["七言絕句 秋夜", "五言律詩 送別", "明月", "春風", "白日依山盡，", "五言絕句 山中", "江上", "故人", "七言律詩 登高", "酒"]
INSTRUCTIONS = [
    "请写一首题为《秋夜》的七言绝句。", "以《送友人》为题，写一首五言律诗。", "写一首关于明月的五言绝句。", "写一首关于秋天的诗。",
    "请写一首七言绝句。", "写一首描写江水的七言律诗。", "以雪为主题，写一首五言绝句。", "请以“白日依山盡”为第一句写一首诗。",
    "續寫這首詩：春眠不覺曉", "“床前明月光”的下一句是什么？", "请写一首描写故人的诗。", "写一首五言绝句，题目是《登高》。",
    "作詩一首：江上", "Write a Chinese poem (七言絕句) with the title 春日.", "你好", "你是谁？", "Who are you?",
    "这首诗是什么体裁？\n春眠不覺曉，處處聞啼鳥。\n夜來風雨聲，花落知多少。", "Continue this line: To be, or not to be, that is the question.", "写一首关于酒的诗。",
]  # fmt: skip
PROMPTS = dict(base=ENGLISH + CHINESE, chineseLlama=ENGLISH + CHINESE, chineseAlpaca=[TEMPLATE.format(instruction=i) for i in INSTRUCTIONS])


@torch.no_grad()
def logits(stage, text):
    """After the first token, in the middle and at the end."""
    ids = [BOS, *stage.words.encode(text)]
    values = stage.model(torch.tensor([ids])).logits[0]
    return dict(ids=ids, positions=[position(values, i) for i in sorted({0, len(ids) // 2, len(ids) - 1})])


def position(values, i):
    top = values[i].topk(5)
    every = [round(value, 5) for value in values[i][::STRIDE].tolist()]
    return dict(position=i, every=every, top=[[token, round(value, 5)] for value, token in zip(top.values.tolist(), top.indices.tolist())])


@torch.no_grad()
def greedy(stage, prompt):
    ids, new, gap, cache = [BOS, *stage.words.encode(prompt)], [], float("inf"), None
    for _ in range(NEW_TOKENS):
        out = stage.model(torch.tensor([new[-1:] or ids]), past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        (first, second), (token, _) = (half.tolist() for half in out.logits[0, -1].topk(2))
        if first - second < TIE or token == EOS:
            break
        gap = min(gap, first - second)
        new.append(token)
    return dict(prompt=prompt, ids=new, text=continuation(stage.words, ids, new), gap=round(gap, 5))


def continuation(words, ids, new):
    """With the space the first piece brings, where it is not the first of a text."""
    return words.decode(ids + new)[len(words.decode(ids)) :]


def nlls(stage, texts):
    return [round(evaluate.nll(stage.model, [BOS, *stage.words.encode(text)][: evaluate.WINDOW]), 4) for text in texts]


def main():
    texts = json.loads(held_out.FILE.read_text("utf-8"))
    golden = {}
    for stage in stages.all_stages():
        prompts = PROMPTS[stage.name]
        golden[stage.name] = dict(
            logits=[logits(stage, prompt) for prompt in prompts[::5]],
            greedy=[greedy(stage, prompt) for prompt in prompts],
            nll={language: nlls(stage, texts[language]) for language in texts},
        )
        print(stage.name, min(case["gap"] for case in golden[stage.name]["greedy"]), flush=True)
    FILE.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")).replace('},{', '},\n{') + "\n", "utf-8")


if __name__ == "__main__":
    main()
