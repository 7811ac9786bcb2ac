"""Runs ./llama bench and llama.cpp in turn on the same GGUF file and prints medians and ratios.

    python3 tools/bench/pair.py --rival 'path/to/llama-bench -o json -r 1' --threads 2 -p 512 -n 32 --rounds 5 model.gguf ...

The rival's command gets `-m FILE -t THREADS -p N -n N` and prints JSON: a list of tests as llama-bench does
(n_prompt, n_gen, avg_ts) or one object with prefill_tps and decode_tps. Each round starts both programs once, the first
of the two by turns, so that what else the machine does meets both. One JSON line per file goes to standard output.
"""

import argparse
import json
import pathlib
import shlex
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def output(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def ours(file, args):
    command = [str(ROOT / "llama"), "bench", "--model", file, "--threads", str(args.threads)]
    command += ["-p", str(args.p), "-n", str(args.n), "-d", str(args.d), "--rounds", "1", "--json"]
    return json.loads(output(command))


def rival(file, args):
    command = shlex.split(args.rival) + ["-m", file, "-t", str(args.threads), "-p", str(args.p), "-n", str(args.n)]
    if args.d:
        command += ["-d", str(args.d)]
    answer = json.loads(output(command))
    if isinstance(answer, dict):
        return answer
    speeds = {"prefill_tps": 0.0, "decode_tps": 0.0}
    for test in answer:
        speeds["decode_tps" if test["n_gen"] else "prefill_tps"] = test["avg_ts"]
    return speeds


def median(rounds, key):
    return statistics.median(each[key] for each in rounds)


def ratio(mine, theirs, key):
    ratios = [a[key] / b[key] for a, b in zip(mine, theirs) if b[key]]
    return round(statistics.median(ratios), 3) if ratios else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rival", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-p", type=int, default=512)
    parser.add_argument("-n", type=int, default=32)
    parser.add_argument("-d", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    for file in args.files:
        mine, theirs = [], []
        for i in range(args.rounds):
            for side in [ours, rival] if i % 2 == 0 else [rival, ours]:
                (mine if side is ours else theirs).append(side(file, args))
            print(f"{file} round {i + 1}: {mine[-1]} {theirs[-1]}", file=sys.stderr)
        report = {"file": pathlib.Path(file).name, "threads": args.threads, "p": args.p, "n": args.n, "d": args.d}
        report["rounds"] = args.rounds
        for key in ["prefill_tps", "decode_tps"]:
            report[key] = round(median(mine, key), 2)
            report["rival_" + key] = round(median(theirs, key), 2)
            report["ratio_" + key.split("_")[0]] = ratio(mine, theirs, key)
        for key in ["bytes_per_token", "read_gbps", "bandwidth_share", "load_ms", "peak_rss_mb"]:
            report[key] = median(mine, key)
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
