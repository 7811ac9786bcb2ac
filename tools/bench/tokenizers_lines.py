"""UTF-8 megabytes per second that Hugging Face's tokenizers library encodes, line by line on one thread.

The other half of TokenizerBenchmark for tokenizer.json: run both one after the other on an idle machine and compare.
usage: python tokenizers_lines.py TOKENIZER_JSON TEXT [PASSES]
"""

import sys
import time

import tokenizers


def main(path, text, passes=3):
    tokenizer = tokenizers.Tokenizer.from_file(path)
    with open(text, encoding="utf-8") as file:
        lines = file.read().split("\n")
    size = sum(len(line.encode("utf-8")) for line in lines)
    best = float("inf")
    ids = 0
    for _ in range(int(passes)):
        start = time.perf_counter()
        ids = sum(len(tokenizer.encode(line, add_special_tokens=False).ids) for line in lines)
        best = min(best, time.perf_counter() - start)
    print(f"tokenizers {tokenizers.__version__}: {size / best / 1e6:.2f} MB/s, {len(lines)} lines, {ids} ids")


if __name__ == "__main__":
    main(*sys.argv[1:])
