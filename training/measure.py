"""Prints the figures of README.md: the detectors, float and with 8-bit weights, and the four-level
network as spikes."""

import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import network
from evaluate import mean_precision, predictions
from network import POOLS, conv, leaky, pool, silu
from quantise import LEVELS, spikes_per_synapse, stepped
from scenes import packed
from whole import whole


def eight_bits(layers):
    """Symmetric, one step for each output channel; biases stay."""
    out = []
    for w, b in layers:
        step = np.abs(w).max((0, 1, 2)) / 127
        step[step == 0] = 1
        out.append((np.rint(w / step) * step, b))
    return out


ACTIVATIONS = {"digits": leaky, "digits-silu": silu, "digits-l4": stepped}


def layered(layers, x, activation, strided=False):
    for i, (w, b) in enumerate(layers[:-1]):
        x = activation(conv(x, w, 2 if strided and i < POOLS else 1) + b)
        x = pool(x) if i < POOLS and not strided else x
    return conv(x, layers[-1][0]) + layers[-1][1]


def spiking(layers, x, steps):
    """Head (mean over the steps) and spikes by layer, behind the pools. Integrate and fire, threshold
    1/4, V(0) = 1/8, at most four spikes a step; the input is a constant current; a pool sends the
    change of the largest running sum."""
    threshold, count = 1 / LEVELS, len(layers) - 1
    potential, fired, pooled, spikes = [0.5 * threshold] * count, [0] * count, [0] * count, [0] * count
    head = 0
    for _ in range(steps):
        sent = x
        for i, (w, b) in enumerate(layers[:-1]):
            v = potential[i] + conv(sent, w) + b
            burst = jnp.clip(jnp.floor(v / threshold), 0, LEVELS)
            potential[i] = v - burst * threshold
            if i < POOLS:
                fired[i] = fired[i] + burst
                before, pooled[i] = pooled[i], pool(fired[i])
                burst = pooled[i] - before
            spikes[i] = spikes[i] + burst
            sent = burst * threshold
        head = head + conv(sent, layers[-1][0]) + layers[-1][1]
    return head / steps, spikes


def in_parts(run, pictures):
    x = pictures[..., None].astype(np.float32) / 255
    parts = [run(x[i : i + 8]) for i in range(0, len(x), 8)]
    return jax.tree.map(lambda *a: np.concatenate(a), *parts)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--digits", type=Path, required=True, help="folder of IDX files")
    arguments.add_argument("--work", type=Path, required=True, help="scenes and weights")
    a = arguments.parse_args()
    for seed, count in [(1, 200), (2, 24), (4, 500)]:
        pictures, boxes, classes = packed(a.digits, "test", seed, count, a.work)
        value = lambda heads: mean_precision(predictions(heads), boxes, classes)
        print(f"{count} scenes of test digits")
        reference = None
        for name, activation in ACTIVATIONS.items():
            layers = network.folded(*network.load(a.work / f"{name}.npz"))
            eight = whole(layers) if name == "digits-l4" else eight_bits(layers)
            for bits, weights in [("float", layers), ("8-bit", eight)]:
                run = jax.jit(lambda x: layered(weights, x, activation, name == "digits-silu"))
                plain = value(in_parts(run, pictures))
                reference = reference or plain
                print(f"  {name} {bits}: mAP50 {plain:.4f}, {plain / reference:.3f} of float digits")
                for steps in (1, 2, 4) if name == "digits-l4" else ():
                    run = jax.jit(lambda x: spiking(weights, x, steps))
                    heads, spikes = in_parts(run, pictures)
                    found, per = value(heads), float(spikes_per_synapse(spikes))
                    print(
                        f"    T = {steps}: mAP50 {found:.4f}, {found / reference:.3f} of float digits,"
                        f" {per:.3f} spikes per synapse"
                    )
