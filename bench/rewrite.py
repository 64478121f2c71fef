"""The rewrite of bench/size.bench.ts with python-onnx or onnx-graphsurgeon, as somebody would write it by hand.

    rewrite.py onnx|onnx-unloaded|graphsurgeon MODEL OUT

The last node is a Gemm with W [C, D]: a CosFace head for training in its place, and cosines for inference. `onnx-unloaded`
leaves weights that lie beside the model where they are, reads W alone, and links their file. Writes its peak memory in KiB
to PEAK_MEMORY_FILE.
"""

import os
import resource
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SCALE, MARGIN = 64.0, 0.35
MOST = 2**31 - 1


def unit_columns(w):
    return np.ascontiguousarray((w / np.linalg.norm(w, axis=1, keepdims=True)).T.astype(np.float32))


def save(model, path, size):
    if size <= MOST:
        onnx.save(model, path)
    else:
        data = os.path.basename(path) + ".data"
        onnx.save(model, path, save_as_external_data=True, all_tensors_to_one_file=True, location=data)


def scalar(name, value):
    return numpy_helper.from_array(np.array(value, np.float32), name)


def with_onnx(path, out, loaded=True):
    model = onnx.load(path, load_external_data=loaded)
    graph = model.graph
    gemm = graph.node[-1]
    x, name = gemm.input[0], gemm.input[1]
    stored = next(t for t in graph.initializer if t.name == name)
    w = numpy_helper.to_array(stored, base_dir=os.path.dirname(path))
    classes, dim = w.shape
    # The limit counts what lies in the file, wherever it lay before.
    size = sum(int(np.prod(t.dims)) * 4 for t in graph.initializer) + 4 * w.size if loaded else 0
    if not loaded:
        for file in {e.value for t in graph.initializer for e in t.external_data if e.key == "location"}:
            os.link(os.path.join(os.path.dirname(path), file), os.path.join(out, file))
    graph.node.remove(gemm)
    unit = [
        helper.make_node("ReduceL2", [x], ["x_norm"], axes=[-1], keepdims=1),
        helper.make_node("Div", [x, "x_norm"], ["x_unit"]),
    ]
    inference = onnx.ModelProto()
    inference.CopyFrom(model)
    kept = [t for t in inference.graph.initializer if t.name != name]
    del inference.graph.initializer[:]
    inference.graph.initializer.extend([*kept, numpy_helper.from_array(unit_columns(w), "w_unit")])
    inference.graph.node.extend([*unit, helper.make_node("MatMul", ["x_unit", "w_unit"], ["cosine"])])
    del inference.graph.output[:]
    inference.graph.output.append(helper.make_tensor_value_info("cosine", TensorProto.FLOAT, ["N", classes]))
    save(inference, os.path.join(out, "infer.onnx"), size)
    del inference
    graph.initializer.extend(
        [
            scalar("scale", SCALE),
            numpy_helper.from_array(np.array([0.0, MARGIN], np.float32), "margins"),
            numpy_helper.from_array(np.array(classes, np.int64), "depth"),
        ]
    )
    graph.node.extend(
        [
            *unit,
            helper.make_node("ReduceL2", [name], ["w_norm"], axes=[-1], keepdims=1),
            helper.make_node("Div", [name, "w_norm"], ["w_unit"]),
            helper.make_node("Gemm", ["x_unit", "w_unit"], ["cos"], transB=1),
            helper.make_node("OneHot", ["labels", "depth", "margins"], ["margin"]),
            helper.make_node("Sub", ["cos", "margin"], ["moved"]),
            helper.make_node("Mul", ["moved", "scale"], ["logits"]),
            helper.make_node("SoftmaxCrossEntropyLoss", ["logits", "labels"], ["loss"]),
        ]
    )
    graph.input.append(helper.make_tensor_value_info("labels", TensorProto.INT64, ["N"]))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("loss", TensorProto.FLOAT, []))
    graph.output.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", classes]))
    save(model, os.path.join(out, "train.onnx"), size)


def with_graphsurgeon(path, out):
    import onnx_graphsurgeon as gs

    def variable(name, shape=None, dtype=np.float32):
        return gs.Variable(name, dtype=dtype, shape=shape)

    def normalised(graph, tensor, name):
        norm, unit = variable(f"{name}_norm"), variable(f"{name}_unit")
        graph.nodes.append(
            gs.Node("ReduceL2", inputs=[tensor], outputs=[norm], attrs={"axes": [-1], "keepdims": 1})
        )
        graph.nodes.append(gs.Node("Div", inputs=[tensor, norm], outputs=[unit]))
        return unit

    def begun():
        graph = gs.import_onnx(onnx.load(path))
        gemm = graph.nodes[-1]
        x, w = gemm.inputs[:2]
        gemm.outputs.clear()
        gemm.inputs.clear()
        return graph, x, w

    def finished(graph, name):
        graph.cleanup()
        size = sum(t.values.nbytes for t in graph.tensors().values() if isinstance(t, gs.Constant))
        save(gs.export_onnx(graph), os.path.join(out, name), size)

    graph, x, w = begun()
    classes = w.shape[0]
    cosine = variable("cosine", ["N", classes])
    unit = normalised(graph, x, "x")
    columns = gs.Constant("w_unit", unit_columns(w.values))
    graph.nodes.append(gs.Node("MatMul", inputs=[unit, columns], outputs=[cosine]))
    graph.outputs = [cosine]
    finished(graph, "infer.onnx")
    del graph, x, w, columns
    graph, x, w = begun()
    labels = variable("labels", ["N"], np.int64)
    loss, logits = variable("loss", []), variable("logits", ["N", classes])
    cos, margin, moved = variable("cos"), variable("margin"), variable("moved")
    units = [normalised(graph, x, "x"), normalised(graph, w, "w")]
    graph.nodes.append(gs.Node("Gemm", inputs=units, outputs=[cos], attrs={"transB": 1}))
    constants = [
        gs.Constant("depth", np.array(classes, np.int64)),
        gs.Constant("margins", np.array([0.0, MARGIN], np.float32)),
    ]
    graph.nodes.append(gs.Node("OneHot", inputs=[labels, *constants], outputs=[margin]))
    graph.nodes.append(gs.Node("Sub", inputs=[cos, margin], outputs=[moved]))
    scale = gs.Constant("scale", np.array(SCALE, np.float32))
    graph.nodes.append(gs.Node("Mul", inputs=[moved, scale], outputs=[logits]))
    graph.nodes.append(gs.Node("SoftmaxCrossEntropyLoss", inputs=[logits, labels], outputs=[loss]))
    graph.inputs.append(labels)
    graph.outputs = [loss, logits]
    finished(graph, "train.onnx")


if __name__ == "__main__":
    way, path, out = sys.argv[1:]
    # So that it fails here rather than takes the machine with it.
    limit = int(os.environ.get("MOST_MEMORY_GB", "16")) * 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    ways = {
        "onnx": with_onnx,
        "onnx-unloaded": lambda path, out: with_onnx(path, out, loaded=False),
        "graphsurgeon": with_graphsurgeon,
    }
    ways[way](path, out)
    peak = os.environ.get("PEAK_MEMORY_FILE")
    if peak:
        with open(peak, "w") as file:
            file.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
