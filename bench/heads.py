"""The training forward pass of margin heads in eager PyTorch, as their users write it; one line of JSON with
the seconds of every round; every block has each head in turn.

usage: heads.py N D C BLOCKS ROUNDS WARM_UP HEAD…
"""

import json
import math
import sys
import time

import torch
from torch.nn.functional import cross_entropy, linear, normalize

S, M = 64.0, 0.5


def cosines(x, w):
    return linear(normalize(x), normalize(w))


def normface(x, w, y, state):
    return cross_entropy(S * cosines(x, w), y)


def cosface(x, w, y, state):
    logits = cosines(x, w)
    rows = torch.arange(len(y))
    logits[rows, y] -= 0.35
    return cross_entropy(S * logits, y)


def arcface(x, w, y, state):
    logits = cosines(x, w)
    rows = torch.arange(len(y))
    target = logits[rows, y]
    sine = torch.sqrt((1 - target * target).clamp(0, 1))
    margined = target * math.cos(M) - sine * math.sin(M)
    logits[rows, y] = torch.where(target > math.cos(math.pi - M), margined, target - M * math.sin(M))
    return cross_entropy(S * logits, y)


def curricularface(x, w, y, state):
    logits = cosines(x, w).clamp(-1, 1)
    rows = torch.arange(len(y))
    target = logits[rows, y].view(-1, 1)
    sine = torch.sqrt(1 - target * target)
    margined = target * math.cos(M) - sine * math.sin(M)
    state["t"] = 0.01 * target.detach().mean() + 0.99 * state.get("t", torch.zeros(()))
    hard = logits > margined
    logits = torch.where(hard, logits * (state["t"] + logits), logits)
    final = torch.where(target > math.cos(math.pi - M), margined, target - M * math.sin(M))
    logits[rows, y] = final.view(-1)
    return cross_entropy(S * logits, y)


def adaface(x, w, y, state):
    norms = x.detach().norm(dim=1, keepdim=True).clamp(1e-3, 100)
    logits = cosines(x, w).clamp(-1 + 1e-3, 1 - 1e-3)
    mean, std = norms.mean(), norms.std()
    state["mean"] = 0.01 * mean + 0.99 * state.get("mean", torch.tensor(20.0))
    state["std"] = 0.01 * std + 0.99 * state.get("std", torch.tensor(100.0))
    scaler = ((norms - state["mean"]) / (state["std"] + 1e-3) * 0.333).clamp(-1, 1).view(-1)
    rows = torch.arange(len(y))
    theta = (logits[rows, y].acos() - 0.4 * scaler).clamp(1e-3, math.pi - 1e-3)
    logits[rows, y] = theta.cos() - (0.4 + 0.4 * scaler)
    return cross_entropy(S * logits, y)


def main():
    n, d, c, blocks, rounds, warm_up = map(int, sys.argv[1:7])
    heads = sys.argv[7:]
    torch.manual_seed(0)
    x, w, y = torch.randn(n, d), torch.randn(c, d), torch.randint(c, (n,))
    states = {head: {} for head in heads}
    times = {head: [] for head in heads}
    with torch.no_grad():
        for head in blocks * heads:
            for round_ in range(-warm_up, rounds):
                start = time.perf_counter()
                globals()[head](x, w, y, states[head])
                if round_ >= 0:
                    times[head].append(time.perf_counter() - start)
    print(json.dumps({"torch": torch.__version__, "times": times}))


if __name__ == "__main__":
    main()
