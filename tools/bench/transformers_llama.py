"""Prefill and decode of a LLaMA with random weights in Hugging Face transformers: tokens per second, medians.

    python transformers_llama.py [--size 1b|7b] [--type float32|bfloat16] [-p 512] [-n 24] [--rounds 2] [--threads 2]

Ours: ./llama bench --synthetic=1b --type=BF16 --engine pytorch -p 512 -n 24 --rounds 2
"""

import argparse
import statistics
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

SIZES = {
    "1b": dict(hidden_size=2048, intermediate_size=5632, num_hidden_layers=22, num_attention_heads=32,
               num_key_value_heads=4, vocab_size=32000),
    "7b": dict(hidden_size=4096, intermediate_size=11008, num_hidden_layers=32, num_attention_heads=32,
               num_key_value_heads=32, vocab_size=55296),
}


@torch.inference_mode()
def run(model, prompt, count):
    start = time.perf_counter()
    out = model(prompt, use_cache=True, logits_to_keep=1)
    prefill = prompt.shape[1] / (time.perf_counter() - start)
    out = model(prompt[:, :1], use_cache=True, logits_to_keep=1)
    start = time.perf_counter()
    for _ in range(count):
        out = model(out.logits[:, -1:].argmax(-1), past_key_values=out.past_key_values, use_cache=True)
    return prefill, count / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", choices=SIZES, default="1b")
    parser.add_argument("--type", choices=["float32", "bfloat16"], default="bfloat16")
    parser.add_argument("-p", type=int, default=512)
    parser.add_argument("-n", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_default_dtype(getattr(torch, args.type))
    torch.nn.Module._init_weights = lambda *unused: None  # the time does not depend on the values
    config = LlamaConfig(**SIZES[args.size], max_position_embeddings=2048)
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    model = model.to_empty(device="cpu").eval()
    for parameter in model.parameters():
        parameter.data.uniform_(-0.01, 0.01)
    for module in model.modules():
        if hasattr(module, "inv_freq"):
            module.inv_freq = torch.rand_like(module.inv_freq)
    prompt = torch.randint(0, 32000, (1, args.p))
    run(model, prompt[:, :8], 1)
    rounds = [run(model, prompt, args.n) for _ in range(args.rounds)]
    print(f"transformers, torch {torch.__version__}, {args.size} in {args.type}, {args.threads} threads")
    print(f"prefill   {args.p} tokens: {statistics.median(r[0] for r in rounds):.2f} tokens/s")
    print(f"decode    {args.n} tokens: {statistics.median(r[1] for r in rounds):.2f} tokens/s")


main()
