"""Makes testdata/sampling/chain.json: probabilities after transformers' (5.18) own logits processors, in the order in
which `generate` builds them; frequency and presence penalty, which transformers lacks, by the formula of OpenAI's API
reference between its repetition penalty and its temperature.

usage: python tools/golden/sampling.py testdata/sampling/chain.json
"""
import json
import random
import sys
from collections import Counter

import torch
from transformers import (MinPLogitsWarper, RepetitionPenaltyLogitsProcessor, SequenceBiasLogitsProcessor,
                          TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper, TypicalLogitsWarper)

SIZE = 40
NEUTRAL = {"bias": {}, "repetition_penalty": 1.0, "frequency_penalty": 0.0, "presence_penalty": 0.0,
           "temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "typical_p": 1.0}
ALONE = ([{"typical_p": p} for p in (0.05, 0.2, 0.5, 0.8, 0.95, 0.999)]
         + [{"bias": {3: 2.5, 7: -1.0}}, {"bias": {0: "-inf", 5: "-inf", 9: 30.0}}]
         + [{"frequency_penalty": 0.7}, {"frequency_penalty": -0.5}, {"presence_penalty": 1.5}]
         + [{"frequency_penalty": 0.2, "presence_penalty": 0.2, "repetition_penalty": 1.3}])


def chain(case, prompt, written, logits):
    ids, scores = torch.tensor([prompt + written]), torch.tensor([logits], dtype=torch.float32)
    if case["bias"]:
        scores = SequenceBiasLogitsProcessor([[[i], float(b)] for i, b in case["bias"].items()])(ids, scores)
    if case["repetition_penalty"] != 1:
        scores = RepetitionPenaltyLogitsProcessor(case["repetition_penalty"])(ids, scores)
    for i, count in Counter(written).items():
        scores[0, i] -= count * case["frequency_penalty"] + case["presence_penalty"]
    warpers = []
    if case["temperature"] != 1:
        warpers.append(TemperatureLogitsWarper(case["temperature"]))
    if case["top_k"]:
        warpers.append(TopKLogitsWarper(case["top_k"]))
    if case["top_p"] < 1:
        warpers.append(TopPLogitsWarper(case["top_p"]))
    if case["min_p"]:
        warpers.append(MinPLogitsWarper(case["min_p"]))
    if case["typical_p"] < 1:
        warpers.append(TypicalLogitsWarper(case["typical_p"]))
    for warper in warpers:
        scores = warper(ids, scores)
    return torch.softmax(scores[0].double(), dim=0)


def mixed(rng):
    return {"bias": rng.choice([{}, {rng.randrange(SIZE): 1.5, SIZE - 1: "-inf"}]),
            "repetition_penalty": rng.choice([1.0, 1.1, 1.3]), "frequency_penalty": rng.choice([0.0, 0.2]),
            "presence_penalty": rng.choice([0.0, 0.3]), "temperature": rng.choice([0.2, 0.7, 1.0, 1.5]),
            "top_k": rng.choice([0, 3, 20]), "top_p": rng.choice([1.0, 0.75, 0.95]),
            "min_p": rng.choice([0.0, 0.02, 0.1]), "typical_p": rng.choice([1.0, 0.4, 0.9])}


def main(path):
    rng = random.Random(4)
    cases = []
    for options in ALONE + [mixed(rng) for _ in range(60)]:
        logits = [round(rng.gauss(0, 2), 3) for _ in range(SIZE)]
        prompt, written = ([rng.randrange(SIZE // 2) for _ in range(n)] for n in (6, 9))
        case = NEUTRAL | options
        probabilities = chain(case, prompt, written, logits)
        kept = {i: float(f"{p:.9g}") for i, p in enumerate(probabilities.tolist()) if p > 0}
        cases.append(case | {"logits": logits, "prompt": prompt, "written": written, "probabilities": kept})
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


main(sys.argv[1])
