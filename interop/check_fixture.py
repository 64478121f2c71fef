"""Replays fixtures with ONNX's own Python code: the backend test runner over ONNX Runtime, and name by name.

    python interop/check_fixture.py DIR...

Needs onnx and numpy; with onnxruntime the runner runs too, without it onnx's reference evaluator computes the outputs.
Prints one JSON object; ends with 1 where something differs.
"""

import json
import pathlib
import sys
import unittest
from unittest import mock

import numpy
import onnx
from onnx import numpy_helper

try:
    import onnxruntime
    import onnxruntime.backend
except ImportError:
    onnxruntime = None


def tensors_of(folder: pathlib.Path, side: str) -> list[tuple[str, numpy.ndarray]]:
    count = len(list(folder.glob(f"{side}_*.pb")))
    protos = [onnx.load_tensor(str(folder / f"{side}_{i}.pb")) for i in range(count)]
    return [(proto.name, numpy_helper.to_array(proto)) for proto in protos]


def outputs_of(model: pathlib.Path, feeds: dict[str, numpy.ndarray]) -> dict[str, numpy.ndarray]:
    if onnxruntime is not None:
        session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, feeds)))
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(str(model))
    return dict(zip(evaluator.output_names, evaluator.run(None, feeds)))


def by_name(graph: pathlib.Path, recipe: dict) -> list[dict]:
    """Every output of every set, compared under its name with the tolerance of the recipe."""
    rows = []
    for index in range(recipe["sets"]):
        folder = graph / f"test_data_set_{index}"
        got = outputs_of(graph / "model.onnx", dict(tensors_of(folder, "input")))
        for (name, expected), output in zip(tensors_of(folder, "output"), recipe["outputs"], strict=True):
            tolerance = output["tolerances"]["cpu"]
            same_form = name == output["name"] and got[name].shape == expected.shape and got[name].dtype == expected.dtype
            allowed = tolerance["atol"] + tolerance["rtol"] * numpy.abs(expected.astype("float64"))
            for steep in (each for each in tolerance["steep"] if each["set"] == index):
                allowed.reshape(-1)[steep["element"]] += steep["atol"] - tolerance["atol"]
            off = numpy.abs(got[name].astype("float64") - expected) if same_form else numpy.inf
            rows.append({"set": index, "output": name, "worst": float(numpy.max(off)), "ok": bool(numpy.all(off <= allowed))})
    return rows


def by_runner(graph: pathlib.Path, recipe: dict) -> bool:
    """The same folder as a case of `onnx.backend.test`, which gives inputs by position and knows one tolerance."""
    from onnx.backend.test.case.test_case import TestCase
    from onnx.backend.test import runner as backend_runner

    tolerances = [output["tolerances"]["cpu"] for output in recipe["outputs"]]
    steep = [each for tolerance in tolerances for each in tolerance["steep"]]
    case = TestCase(
        name=f"test_{graph.name}",
        model_name=graph.name,
        url=None,
        model_dir=str(graph),
        model=None,
        data_sets=None,
        kind="node",
        rtol=max(tolerance["rtol"] for tolerance in tolerances),
        atol=max(each["atol"] for each in tolerances + steep),
    )
    # Without the thousands of cases that onnx brings along.
    with mock.patch.object(backend_runner, "load_model_tests", return_value=[]):
        runner = backend_runner.Runner(onnxruntime.backend, __name__)
    runner._add_model_test(case, "Node")
    suite = unittest.TestSuite(runner.test_suite)
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(suite)
    return result.wasSuccessful() and result.testsRun - len(result.skipped) > 0


def main(folders: list[str]) -> int:
    report = {
        "python": sys.version.split()[0],
        "onnx": onnx.__version__,
        "onnxruntime": getattr(onnxruntime, "__version__", None),
        "graphs": [],
    }
    for folder in map(pathlib.Path, folders):
        recipe = json.loads((folder / "fixture.json").read_text(encoding="utf-8"))
        for kind, graph_recipe in recipe["graphs"].items():
            onnx.checker.check_model(str(folder / kind / "model.onnx"))
            outputs = by_name(folder / kind, graph_recipe)
            runner = None if onnxruntime is None else by_runner(folder / kind, graph_recipe)
            ok = all(row["ok"] for row in outputs) and runner is not False
            report["graphs"].append({"graph": str(folder / kind), "ok": ok, "outputs": outputs, "runner": runner})
    print(json.dumps(report, indent=2))
    return 0 if all(graph["ok"] for graph in report["graphs"]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
