"""Training steps of margin heads in eager PyTorch: forward, backward, SGD with momentum. One line of JSON.

usage: step.py HEAD N D C SEEN ROUNDS WARM_UP

SEEN below C is partial FC: a step gathers the class rows that it sees, with their momentum, and writes them back.
"""

import json
import resource
import sys
import time

import heads
import torch


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def whole(head, w, optimiser):
    """A step over all classes, as (x, y) → None."""
    optimiser.param_groups[0]["params"] = [w.requires_grad_()]
    state = {}

    def step(x, y):
        optimiser.zero_grad()
        head(x, w, y, state).backward()
        optimiser.step()

    return step


def drawn(y, classes, seen):
    """The classes of the samples and others at random, in order, and where the samples' are among them."""
    chance = torch.rand(classes)
    chance[y] = 2
    rows = chance.topk(seen).indices.sort().values
    return rows, torch.searchsorted(rows, y)


def sampled(head, w, optimiser, seen):
    """A step over some of the classes, as (x, y) → None."""
    velocity = torch.zeros_like(w)
    state = {}

    def step(x, y):
        rows, labels = drawn(y, len(w), seen)
        active = torch.nn.Parameter(w[rows])
        optimiser.param_groups[0]["params"] = [active]
        optimiser.state.clear()
        optimiser.state[active]["momentum_buffer"] = velocity[rows]
        head(x, active, labels, state).backward()
        optimiser.step()
        w[rows] = active.detach()
        velocity[rows] = optimiser.state[active]["momentum_buffer"]

    return step


def main():
    head = getattr(heads, sys.argv[1])
    n, d, c, seen, rounds, warm_up = map(int, sys.argv[2:])
    torch.manual_seed(0)
    x = torch.randn(n, d, requires_grad=True)
    w = torch.randn(c, d)
    y = torch.randint(c, (n,))
    # Made before memory is looked at, for much of PyTorch is loaded by it.
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    times, before = [], peak_mb()
    step = whole(head, w, optimiser) if seen == c else sampled(head, w, optimiser, seen)
    for round_ in range(-warm_up, rounds):
        start = time.perf_counter()
        x.grad = None
        step(x, y)
        if round_ >= 0:
            times.append(time.perf_counter() - start)
    print(json.dumps({"version": torch.__version__, "times": times, "megabytes": peak_mb() - before}))


main()
