"""Trains the cases of a folder where people train, and says how far each is from what onnx-margin's own step graph gave.

    python interop/compare_trainers.py FOLDER

FOLDER holds cases.json, which test/interop/trainers.test.ts writes. Each case is trained for as many steps as it says,
on one batch by plain SGD, by onnx2torch, by onnxruntime-training and, for the heads of eager_heads.py, in eager PyTorch.
Needs what interop/requirements.txt lists. Prints one JSON object.
"""

import importlib.metadata
import json
import pathlib
import sys
import tempfile

import numpy
import onnx
import onnxruntime
import torch

from eager_heads import HEADS, loss_of
from train_ort import prepare
from train_pytorch import import_graph, trained_by_name


def array(tensor: dict) -> numpy.ndarray:
    return numpy.array(tensor["data"], dtype=tensor["element"]).reshape(tensor["dims"])


class ByOnnx2torch:
    def __init__(self, root: pathlib.Path, case: dict):
        path = str(root / case["graphs"]["pytorch"])
        self.module = import_graph(path)
        self.parameters = trained_by_name(path, self.module)
        self.optimiser = torch.optim.SGD(self.parameters.values(), lr=case["rate"])

    def step(self, feeds: list[numpy.ndarray]) -> list[numpy.ndarray]:
        outputs = self.module(*[torch.from_numpy(feed.copy()) for feed in feeds])
        self.optimiser.zero_grad()
        outputs[0].backward()
        self.gradients = {name: each.grad.numpy().copy() for name, each in self.parameters.items()}
        self.optimiser.step()
        return [output.detach().numpy() for output in outputs]

    def values(self) -> dict[str, numpy.ndarray]:
        return {name: each.detach().numpy() for name, each in self.parameters.items()}


class ByOrtTraining:
    def __init__(self, root: pathlib.Path, case: dict):
        self.folder = tempfile.TemporaryDirectory()
        path = str(root / case["graphs"]["ort-training"])
        self.names = case["trained"]
        self.module, self.optimizer, self.state = prepare(path, self.names, self.folder.name)
        self.optimizer.set_learning_rate(case["rate"])

    def step(self, feeds: list[numpy.ndarray]) -> list[numpy.ndarray]:
        outputs = self.module(*feeds)
        self.gradients = {name: self.state.parameters[name].grad.copy() for name in self.names}
        self.optimizer.step()
        self.module.lazy_reset_grad()
        return list(outputs)

    def values(self) -> dict[str, numpy.ndarray]:
        return {name: self.state.parameters[name].data for name in self.names}


class Eager:
    """From the embedding on, which a frozen backbone gives once."""

    def __init__(self, root: pathlib.Path, case: dict):
        self.case = case
        self.x = torch.from_numpy(array(case["embedding"]))
        self.parameters = {name: torch.nn.Parameter(torch.from_numpy(array(case["start"][name]))) for name in case["trained"]}
        self.optimiser = torch.optim.SGD(self.parameters.values(), lr=case["rate"])

    def step(self, feeds: list[numpy.ndarray]) -> list[numpy.ndarray]:
        fed = dict(zip(self.case["inputs"], feeds))
        weight, *bias = self.parameters.values()
        given = {**self.case["parameters"], **{name: torch.from_numpy(fed[name]) for name in self.case["taken"]}}
        given.update({"bias": bias[0]} if bias else {})
        loss = loss_of(self.case["head"], self.x, weight, torch.from_numpy(fed["labels"]), given)
        self.optimiser.zero_grad()
        loss.backward()
        self.gradients = {name: each.grad.numpy().copy() for name, each in self.parameters.items()}
        self.optimiser.step()
        states = [numpy.asarray(given[name].numpy(), dtype="float32") for name in self.case["states"]]
        return [loss.detach().numpy(), None, *states]

    def values(self) -> dict[str, numpy.ndarray]:
        return {name: each.detach().numpy() for name, each in self.parameters.items()}


TRAINERS = {"onnx2torch": ByOnnx2torch, "ort-training": ByOrtTraining, "eager": Eager}


def furthest(got: dict, expected: dict, scale) -> float:
    """The largest difference of any tensor, as a part of the largest of what `scale` makes of it."""
    parts = []
    for name, tensor in expected.items():
        want = array(tensor).astype("float64")
        off = numpy.max(numpy.abs(numpy.asarray(got[name], dtype="float64").reshape(want.shape) - want))
        parts.append(float(off / max(numpy.max(numpy.abs(scale(name, want))), 1e-30)))
    return max(parts)


def trained(trainer, case: dict) -> dict:
    """Steps, each fed with the states that the one before gave."""
    feeds = {name: array(tensor) for name, tensor in case["feeds"].items()}
    losses, gradients, states = [], None, {}
    for _ in case["ours"]["losses"]:
        outputs = trainer.step([feeds[name] for name in case["inputs"]])
        losses.append(float(numpy.ravel(outputs[0])[0]))
        gradients = gradients or trainer.gradients
        for name, value in zip(case["states"], outputs[2:]):
            feeds[name] = states[name] = numpy.asarray(value, dtype="float32").reshape(())
    ours = case["ours"]
    start = {name: array(tensor).astype("float64") for name, tensor in case["start"].items()}
    off = [abs(a - b) / max(1, abs(b)) for a, b in zip(losses, ours["losses"], strict=True)]
    return {
        "off": {
            "loss": max(off),
            "gradient": furthest(gradients, ours["gradients"], lambda _, want: want),
            "weights": furthest(trainer.values(), ours["values"], lambda name, want: want - start[name]),
            "states": furthest(states, ours["states"], lambda _, want: want) if states else None,
        },
        "first": losses[0],
        "last": losses[-1],
    }


def row_of(root: pathlib.Path, case: dict, name: str) -> dict:
    facts = {"head": case["head"], "gradient": case["gradient"], "trainer": name}
    try:
        return {**facts, **trained(TRAINERS[name](root, case), case)}
    except Exception as error:  # what cannot be trained is a result too
        return {**facts, "error": f"{type(error).__name__}: {error}"[:500]}


def imported(root: pathlib.Path, trial: dict) -> dict:
    """One step of a graph that is there for its opset alone, beside ONNX Runtime's loss of the same graph."""
    path = str(root / trial["graph"])
    feeds = {name: array(tensor) for name, tensor in trial["feeds"].items()}
    facts = {name: trial[name] for name in ("head", "target", "opset")}
    try:
        session = onnxruntime.InferenceSession(path)
        names = [each.name for each in session.get_inputs()]
        case = {"graphs": {trial["target"]: trial["graph"]}, "trained": trial["trained"], "rate": 0.01}
        trainer = {"pytorch": ByOnnx2torch, "ort-training": ByOrtTraining}[trial["target"]](root, case)
        got = trainer.step([feeds[name] for name in names])[0]
        moved = all(numpy.any(gradient != 0) for gradient in trainer.gradients.values())
        loss = float(session.run(["loss"], feeds)[0])
        off = abs(float(numpy.ravel(got)[0]) - loss) / max(1, abs(loss))
        return {**facts, "off": off, "moved": moved}
    except Exception as error:  # what cannot be imported is a result too
        return {**facts, "error": f"{type(error).__name__}: {error}"[:500]}


def converters() -> dict[str, list[int]]:
    """The opsets at which onnx2torch finds a converter of each operator, as far as this onnx knows opsets."""
    from onnx2torch.node_converters import registry

    known = {(each.operation_type, each.version) for each in registry._CONVERTER_REGISTRY if each.domain == ""}
    found: dict[str, list[int]] = {}
    for opset in range(7, onnx.defs.onnx_opset_version() + 1):
        for op_type in {name for name, _ in known}:
            try:
                since = onnx.defs.get_schema(op_type, max_inclusive_version=opset, domain="").since_version
            except Exception:  # not there yet
                continue
            if (op_type, since) in known:
                found.setdefault(op_type, []).append(opset)
    return found


def main(folder: str) -> None:
    root = pathlib.Path(folder)
    cases = json.loads((root / "cases.json").read_text(encoding="utf-8"))
    rows = []
    for case in cases:
        for name in TRAINERS:
            if name != "eager" or case["head"] in HEADS:
                rows.append(row_of(root, case, name))
                print(case["head"], case["gradient"], name, file=sys.stderr)
    trials = [imported(root, trial) for trial in json.loads((root / "opsets.json").read_text(encoding="utf-8"))]
    packages = ["torch", "onnx2torch", "onnxruntime-training-cpu", "onnx", "numpy"]
    versions = {name: importlib.metadata.version(name) for name in packages}
    report = {"python": sys.version.split()[0], "versions": versions, "opset": onnx.defs.onnx_opset_version()}
    print(json.dumps({**report, "converters": converters(), "opsets": trials, "rows": rows}))


if __name__ == "__main__":
    main(sys.argv[1])
