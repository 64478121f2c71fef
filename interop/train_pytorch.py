"""Trains a graph of `onnx-margin rewrite --target pytorch` in PyTorch, by way of onnx2torch.

    python interop/train_pytorch.py TRAIN.onnx INPUT.npy LABELS.npy

Needs numpy, onnx, torch and onnx2torch. Trains all initializers that the graph reads through an Identity of ours, with
all samples in one batch, and prints the loss of each of ten steps.
"""

import sys

import numpy
import onnx
import onnx2torch
import torch

READ = "_read"


def import_graph(path: str) -> torch.nn.Module:
    """The graph as a module in which what is to be trained is a parameter, and everything else is not."""
    module = onnx2torch.convert(path).eval().requires_grad_(False)
    for node in module.graph.nodes:
        if str(node.target).startswith("margin/") and str(node.target).endswith(READ):
            # onnx2torch makes every initializer a buffer of its own name; the node that reads it tells which.
            name = node.args[0].target.split(".")[1]
            setattr(module.initializers, name, torch.nn.Parameter(module.initializers._buffers.pop(name)))
    return module


def trained_by_name(path: str, module: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    """The parameters by the names that the initializers have in the file."""
    reads = {node.name: node.input[0] for node in onnx.load(path).graph.node if node.name.endswith(READ)}
    found = {}
    for node in module.graph.nodes:
        if node.target in reads:
            found[reads[node.target]] = module.get_parameter(node.args[0].target)
    return found


def main(path: str, inputs: str, labels: str) -> None:
    module = import_graph(path)
    optimiser = torch.optim.SGD(module.initializers.parameters(), lr=0.01)
    x = torch.from_numpy(numpy.load(inputs).astype("float32"))
    y = torch.from_numpy(numpy.load(labels).astype("int64"))
    for step in range(10):
        loss = module(x, y)[0]
        print(f"step {step}  loss {loss.item():.6f}")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


if __name__ == "__main__":
    main(*sys.argv[1:4])
