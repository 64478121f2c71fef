"""Trains a graph of `onnx-margin rewrite --target ort-training` with onnxruntime-training 1.19.2.

    python interop/train_ort.py TRAIN.onnx REPORT.json INPUT.npy LABELS.npy

Needs numpy, onnx and onnxruntime-training-cpu (or onnxruntime-training), and torch, which its package imports. Trains what
the report says is to be trained, with all samples in one batch, and prints the loss of each of ten steps.
"""

import json
import pathlib
import sys
import tempfile

import numpy
import onnx
from onnxruntime.training import api, artifacts


def prepare(path: str, trained: list[str], folder: str):
    """Module, optimiser and state of a graph whose first output is its loss."""
    model = onnx.load(path)
    # Each initializer has to be named on one side: what is on none of them is trained too.
    frozen = [tensor.name for tensor in model.graph.initializer if tensor.name not in trained]
    artifacts.generate_artifacts(
        model,
        requires_grad=trained,
        frozen_params=frozen,
        loss=None,
        optimizer=artifacts.OptimType.SGD,
        artifact_directory=folder,
    )
    root = pathlib.Path(folder)
    state = api.CheckpointState.load_checkpoint(str(root / "checkpoint"))
    module = api.Module(str(root / "training_model.onnx"), state, str(root / "eval_model.onnx"))
    optimizer = api.Optimizer(str(root / "optimizer_model.onnx"), module)
    optimizer.set_learning_rate(0.01)
    return module, optimizer, state


def main(path: str, report: str, inputs: str, labels: str) -> None:
    trained = json.loads(pathlib.Path(report).read_text(encoding="utf-8"))["trained"]
    x, y = numpy.load(inputs).astype("float32"), numpy.load(labels).astype("int64")
    with tempfile.TemporaryDirectory() as folder:
        module, optimizer, _ = prepare(path, trained, folder)
        for step in range(10):
            loss = module(x, y)[0]
            print(f"step {step}  loss {float(numpy.ravel(loss)[0]):.6f}")
            optimizer.step()
            module.lazy_reset_grad()


if __name__ == "__main__":
    main(*sys.argv[1:5])
