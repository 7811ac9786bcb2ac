"""UTF-8 megabytes per second that the C++ SentencePiece library encodes, line by line on one thread.

The other half of TokenizerBenchmark: run both one after the other on an idle machine and compare.
usage: python sentencepiece_lines.py MODEL TEXT [PASSES]
"""

import sys
import time

import sentencepiece


def main(model, text, passes=5):
    processor = sentencepiece.SentencePieceProcessor(model_file=model)
    with open(text, encoding="utf-8") as file:
        lines = file.read().split("\n")
    size = sum(len(line.encode("utf-8")) for line in lines)
    best = float("inf")
    ids = 0
    for _ in range(int(passes)):
        start = time.perf_counter()
        encoded = processor.encode(lines, num_threads=1)
        best = min(best, time.perf_counter() - start)
        ids = sum(map(len, encoded))
    print(f"sentencepiece {sentencepiece.__version__}: {size / best / 1e6:.2f} MB/s, {len(lines)} lines, {ids} ids")


if __name__ == "__main__":
    main(*sys.argv[1:])
