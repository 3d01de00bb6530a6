"""Trains the float network with SiLU, from the weights of `digits`.

Strides of 2 stand in for the pools (why: README.md).
"""

import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import numpy_helper

import network
from network import CHANNELS, EPSILON, POOLS, conv, silu
from scenes import packed
from train import SCENES, TEST

# Steps and learning rate, as in train.py.
CYCLES = [(6000, 2.5e-3), (4000, 2e-3)]


def weights(path):
    """Of an exported network, as [(w, b)]; the first layer on grey."""
    held = {c.name: numpy_helper.to_array(c) for c in onnx.load(path).graph.initializer}
    names = [f"conv{i + 1}" for i in range(len(CHANNELS))] + ["head"]
    layers = [(held[f"{n}.weight"].transpose(2, 3, 1, 0), held[f"{n}.bias"]) for n in names]
    w, b = layers[0]
    return [(w.sum(2, keepdims=True), b)] + layers[1:]


def started(layers, pictures):
    """Parameters and statistics of the network with these weights and without the pools. Each batch
    norm has the mean and the variance over `pictures`, and at first only adds the bias."""
    params, stats = {}, {}
    x = jnp.asarray(pictures[..., None].astype(np.float32) / 255)
    for i, (w, b) in enumerate(layers[:-1]):
        x = conv(x, w, 2 if i < POOLS else 1)
        mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
        params[f"w{i}"], params[f"gamma{i}"] = w, jnp.sqrt(var + EPSILON)
        params[f"beta{i}"] = mean + b
        stats[f"mean{i}"], stats[f"var{i}"] = mean, var
        x = silu(x + b)
    params["w6"], params["bias"] = layers[-1]
    return [jax.tree.map(jnp.asarray, d) for d in (params, stats)]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--digits", type=Path, required=True, help="folder of IDX files")
    arguments.add_argument("--work", type=Path, required=True, help="scenes and weights")
    arguments.add_argument("--start", type=Path, required=True, help="the exported digits.onnx")
    arguments.add_argument("--first-cycle", type=int, default=0, help="1: go on from its own")
    a = arguments.parse_args()
    scenes = packed(a.digits, "train", 0, SCENES, a.work)
    test = packed(a.digits, "test", 1, TEST, a.work)
    path = a.work / "digits-silu.npz"
    keep = lambda params, stats: network.save(path, params, stats)
    if a.first_cycle:
        params, stats = network.load(path)
    else:
        params, stats = started(weights(a.start), scenes[0][:64])
    for cycle in range(a.first_cycle, len(CYCLES)):
        steps, rate = CYCLES[cycle]
        params, stats = network.fit(
            params, stats, scenes, test, steps, rate, silu, 3 + 10 * cycle, keep=keep, strided=True
        )
