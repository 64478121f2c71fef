"""Training steps of margin heads in eager PyTorch: forward, backward, SGD with momentum. One line of JSON.

usage: step.py HEAD N D C ROUNDS WARM_UP
"""

import json
import resource
import sys
import time

import heads
import torch


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    head = getattr(heads, sys.argv[1])
    n, d, c, rounds, warm_up = map(int, sys.argv[2:])
    torch.manual_seed(0)
    x = torch.randn(n, d, requires_grad=True)
    w = torch.randn(c, d, requires_grad=True)
    y = torch.randint(c, (n,))
    optimiser = torch.optim.SGD([w], lr=0.1, momentum=0.9)
    state, times, before = {}, [], peak_mb()
    for round_ in range(-warm_up, rounds):
        start = time.perf_counter()
        x.grad = None
        optimiser.zero_grad()
        loss = head(x, w, y, state)
        loss.backward()
        optimiser.step()
        if round_ >= 0:
            times.append(time.perf_counter() - start)
    print(json.dumps({"version": torch.__version__, "times": times, "megabytes": peak_mb() - before}))


main()
