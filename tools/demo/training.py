"""A training loop that fits a time budget: the learning rate follows the share of the budget that is spent."""

import json
import math
import time

import torch
import torch.nn.functional as F

WARMUP = 0.04
FLOOR = 0.05
CHECKPOINT_SECONDS = 240
IGNORED = -100


def train(model, batches, minutes, groups, log, checkpoint=None):
    """Runs AdamW over (ids, labels) batches until the minutes are over; resumes from the checkpoint file if there is one.

    groups: (parameters, peak learning rate, weight decay). Returns what the model card tells.
    """
    optimizer = torch.optim.AdamW(
        [dict(params=params, lr=peak, peak=peak, weight_decay=decay) for params, peak, decay in groups],
        betas=(0.9, 0.98),
        fused=True,
    )
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state = dict(steps=0, tokens=0, seconds=0.0, losses=[])
    if checkpoint and checkpoint.exists():
        state = restore(checkpoint, optimizer, parameters)
    model.train()
    budget, saved, began = minutes * 60, state["seconds"], time.monotonic() - state["seconds"]
    recent = []
    for _ in range(state["steps"] if state["seconds"] < budget else 0):
        next(batches)
    while state["seconds"] < budget:
        ids, labels = next(batches)
        rate(optimizer, state["seconds"] / budget)
        loss = loss_of(model, ids, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        recent.append(loss.item())
        state["steps"] += 1
        state["tokens"] += ids.numel()
        state["seconds"] = time.monotonic() - began
        if state["steps"] % 25 == 0:
            state["losses"].append(round(sum(recent) / len(recent), 3))
            recent = []
            speed = state["tokens"] / state["seconds"]
            print(f"step {state['steps']} loss {state['losses'][-1]} {state['seconds']:.0f} s {speed:.0f} tokens/s", file=log, flush=True)
        if checkpoint and state["seconds"] - saved > CHECKPOINT_SECONDS:
            saved = state["seconds"]
            torch.save(dict(state=state, optimizer=optimizer.state_dict(), values=[p.data for p in parameters]), checkpoint)
    model.eval()
    return {**state, "seconds": round(state["seconds"])}


def loss_of(model, ids, labels):
    """Mean over the positions that count; only those reach the head."""
    hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    targets = labels[:, 1:]
    counted = targets != IGNORED
    return F.cross_entropy(model.lm_head(hidden[counted]), targets[counted])


def rate(optimizer, spent):
    """Linear warmup, then cosine, by time."""
    share = min(spent / WARMUP, 1.0) * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * min(spent, 1.0))))
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * max(share, 1e-3)


def restore(checkpoint, optimizer, parameters):
    saved = torch.load(checkpoint)
    optimizer.load_state_dict(saved["optimizer"])
    with torch.no_grad():
        for parameter, value in zip(parameters, saved["values"], strict=True):
            parameter.copy_(value)
    return saved["state"]


def packed(documents, encode, length, size, seed):
    """Endless batches of documents laid end to end, in a new order each time round."""
    encoded = [encode(document) for document in documents]
    chance = torch.Generator().manual_seed(seed)
    need, stream = length * size, []
    while True:
        for i in torch.randperm(len(encoded), generator=chance).tolist():
            stream += encoded[i]
            if len(stream) >= need:
                ids = torch.tensor(stream[:need]).view(size, length)
                stream = stream[need:]
                yield ids, ids


def write_record(folder, **record):
    (folder / "training.json").write_text(json.dumps(record, indent=1) + "\n")
