"""Writes the classifiers as ONNX (opset 13), and the digits that lie beside them.

Weights are those that the chip has: rounded as in training, so that a conversion to as many bits
finds whole steps. Rates stay as they are: spikes make them.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from PIL import Image

from classify import CLIPPED, NETWORKS, SIDE, digits, forward, rounded

TEST = 100  # unseen digits inside the program
CALIBRATION = 50  # training digits beside them


def model(name, params):
    nodes, constants, x = [], [], "image"
    layers, clipped = NETWORKS[name], CLIPPED[name]
    bounds = ["zero", "one"] if clipped else []
    operator = "Clip" if clipped else "Relu"
    for i, (kernel, stride, _, groups, cells, bits) in enumerate(layers):
        last = i + 1 == len(layers)
        layer = "scores" if last else f"conv{i + 1}"
        w = np.asarray(rounded(params[f"w{i}"], bits)).transpose(3, 2, 0, 1)
        constants.append(numpy_helper.from_array(w.astype(np.float32), f"{layer}.weight"))
        constants.append(numpy_helper.from_array(params[f"b{i}"].astype(np.float32), f"{layer}.bias"))
        sizes = dict(kernel_shape=[kernel, kernel], strides=[stride, stride], group=groups)
        out = layer if last else f"{layer}.sum"
        inputs = [x, f"{layer}.weight", f"{layer}.bias"]
        nodes.append(helper.make_node("Conv", inputs, [out], name=layer, **sizes))
        if last:
            break
        x = f"act{i + 1}.out"
        nodes.append(helper.make_node(operator, [out, *bounds], [x], name=f"act{i + 1}"))
        if cells > 1:
            sizes = dict(kernel_shape=[cells, cells], strides=[cells, cells])
            nodes.append(helper.make_node("AveragePool", [x], [f"pool{i + 1}.mean"], name=f"pool{i + 1}", **sizes))
            # Changes no value: it says that the pool's neurons send no negative spikes.
            x = f"pool{i + 1}.out"
            nodes.append(helper.make_node("Relu", [f"pool{i + 1}.mean"], [x], name=f"pool{i + 1}.act"))
    for bound, value in zip(bounds, [0, 1]):
        constants.append(numpy_helper.from_array(np.array(value, np.float32), bound))
    tensor = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    inputs = [tensor("image", [1, 1, SIDE, SIDE])]
    outputs = [tensor("scores", [1, 10, 1, 1])]
    made = helper.make_model(
        helper.make_graph(nodes, name, inputs, outputs, constants),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
        producer_name="spikemesh training",
    )
    onnx.checker.check_model(made, full_check=True)
    return made


def largest_difference(name, params, made, images):
    """Between the file's scores and the trained network's, by ONNX's own evaluator."""
    x = images[..., None].astype(np.float32) / 255
    expected = np.asarray(forward(params, NETWORKS[name], CLIPPED[name], x, levels=False)[0])
    run = ReferenceEvaluator(made).run
    out = [run(None, {"image": picture.transpose(2, 0, 1)[None]})[0].reshape(-1) for picture in x]
    return np.abs(np.stack(out) - expected).max()


def sheet(images, across=10):
    """Pictures side by side, row by row."""
    rows = images.reshape(-1, across, SIDE, SIDE).transpose(0, 2, 1, 3)
    return Image.fromarray(rows.reshape(-1, across * SIDE))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--digits", type=Path, required=True, help="folder of IDX files")
    arguments.add_argument("--work", type=Path, required=True, help="weights of classify.py")
    arguments.add_argument("--assets", type=Path, required=True)
    a = arguments.parse_args()
    (train, _), (test, labels) = digits(a.digits, "train"), digits(a.digits, "test")
    for name in NETWORKS:
        with np.load(a.work / f"{name}.npz") as file:
            params = {key: file[key] for key in file.files}
        made = model(name, params)
        off = largest_difference(name, params, made, test[:20])
        if off > 1e-3:
            raise SystemExit(f"{name}: the exported scores differ by {off}")
        path = a.assets / "networks" / f"{name}.onnx"
        path.write_bytes(made.SerializeToString(deterministic=True))
        print(f"{path.name}: scores within {off:.1e} of the trained network")
    folder = a.assets / "digits"
    folder.mkdir(parents=True, exist_ok=True)
    sheet(test[:TEST]).save(folder / "test.png", optimize=True)
    sheet(train[:CALIBRATION]).save(folder / "calibration.png", optimize=True)
    (folder / "labels.txt").write_text("".join(str(label) for label in labels[:TEST]) + "\n")
