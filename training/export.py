"""Writes a trained network as ONNX (opset 13): batch norm folded, RGB input.

The four-level network is written with 8-bit weights, with Clip(0, 1) and without the rounding of
activations: the levels are made by the spikes (threshold 1/4, V(0) = 1/8, bursts of up to four).
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import network
from measure import layered
from network import GRID, POOLS, leaky, silu
from scenes import SIDE, packed
from whole import whole

ACTIVATIONS = {"digits": leaky, "digits-l4": lambda x: np.clip(x, 0, 1), "digits-silu": silu}


def activation_nodes(name, sum_, act):
    """From the tensor `sum_` to `act`.out. SiLU as exporters write it: Mul(x, Sigmoid(x))."""
    out = [f"{act}.out"]
    if name == "digits-l4":
        return [helper.make_node("Clip", [sum_, "zero", "one"], out, name=act)]
    if name == "digits":
        return [helper.make_node("LeakyRelu", [sum_], out, name=act, alpha=0.1)]
    between = f"{act}.sigmoid"
    return [
        helper.make_node("Sigmoid", [sum_], [between], name=between),
        helper.make_node("Mul", [sum_, between], out, name=act),
    ]


def model(layers, network_name):
    strided = network_name == "digits-silu"
    nodes, constants, x = [], [], "image"
    for i, (w, b) in enumerate(layers):
        last = i + 1 == len(layers)
        w = w.transpose(3, 2, 0, 1)
        if i == 0:
            w = np.repeat(w / 3, 3, axis=1)  # the grey of a photograph: the mean of its colours
        name = "head" if last else f"conv{i + 1}"
        constants.append(numpy_helper.from_array(w.astype(np.float32), f"{name}.weight"))
        constants.append(numpy_helper.from_array(b.astype(np.float32), f"{name}.bias"))
        k, out = w.shape[2], name if last else f"{name}.sum"
        strides = [2, 2] if strided and i < POOLS else [1, 1]
        sizes = dict(kernel_shape=[k, k], pads=[k // 2] * 4, strides=strides)
        inputs = [x, f"{name}.weight", f"{name}.bias"]
        nodes.append(helper.make_node("Conv", inputs, [out], name=name, **sizes))
        if last:
            break
        x = f"act{i + 1}.out"
        nodes += activation_nodes(network_name, out, f"act{i + 1}")
        if i < POOLS and not strided:
            sizes = dict(kernel_shape=[2, 2], strides=[2, 2])
            nodes.append(helper.make_node("MaxPool", [x], [f"pool{i + 1}.out"], name=f"pool{i + 1}", **sizes))
            x = f"pool{i + 1}.out"
    if network_name == "digits-l4":
        for name, value in [("zero", 0), ("one", 1)]:
            constants.append(numpy_helper.from_array(np.array(value, np.float32), name))
    tensor = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    head = len(layers[-1][1])
    graph = helper.make_graph(
        nodes,
        network_name,
        [tensor("image", [1, 3, SIDE, SIDE])],
        [tensor("head", [1, head, GRID, GRID])],
        constants,
    )
    made = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
        producer_name="spikemesh training",
    )
    onnx.checker.check_model(made, full_check=True)
    return made


def largest_difference(made, layers, activation, picture, strided):
    """Between the file's head and the trained network's, by ONNX's own evaluator."""
    x = picture.astype(np.float32) / 255
    out = ReferenceEvaluator(made).run(None, {"image": np.broadcast_to(x, (1, 3, SIDE, SIDE))})[0]
    expected = np.asarray(layered(layers, x[None, :, :, None], activation, strided))
    return np.abs(out - expected.transpose(0, 3, 1, 2)).max()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--digits", type=Path, required=True, help="folder of IDX files")
    arguments.add_argument("--work", type=Path, required=True, help="scenes and weights")
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("names", nargs="+", choices=list(ACTIVATIONS))
    a = arguments.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    picture = packed(a.digits, "test", 2, 24, a.work)[0][0]
    for name in a.names:
        layers = network.folded(*network.load(a.work / f"{name}.npz"))
        layers = whole(layers) if name == "digits-l4" else layers
        made = model(layers, name)
        off = largest_difference(made, layers, ACTIVATIONS[name], picture, name == "digits-silu")
        if off > 1e-3:
            raise SystemExit(f"{name}: the exported head differs by {off}")
        (a.out / f"{name}.onnx").write_bytes(made.SerializeToString(deterministic=True))
        print(f"{name}.onnx: head within {off:.1e} of the trained network")
