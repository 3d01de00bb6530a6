"""Fine-tunes the float network to four levels, with a price on spikes.

Each activation becomes floor(4 clip(x, 0, 1) + 1/2) / 4: what an integrate-and-fire neuron of
threshold 1/4, started at half of it, sends in one step as a burst of at most four spikes. (The idea
of training through the steps: Bu et al. 2022, "Optimal ANN-SNN conversion", QCFS.)
"""

import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import network
from evaluate import ANCHORS, GRID, NUMBERS
from network import CHANNELS, POOLS
from scenes import SIDE, packed
from train import SCENES, TEST

LEVELS = 4
PRICE = 10.0  # of one spike per synapse above the aim, in units of the loss
AIM = 0.19
# Steps and learning rate, as in train.py.
CYCLES = [(1300, 1.5e-3), (4500, 1.5e-3)]


def stepped(x):
    clipped = jnp.clip(x, 0, 1)
    # Forward the step, backward the slope of the clip.
    return clipped + jax.lax.stop_gradient(jnp.floor(LEVELS * clipped + 0.5) / LEVELS - clipped)


def fan_outs():
    """Synapses that a spike of each layer reaches, by position (borders are clipped)."""
    out, side = [], SIDE
    for i in range(len(CHANNELS)):
        side //= 2 if i < POOLS else 1
        if i + 1 < len(CHANNELS):
            line = np.full(side, 3.0)
            line[[0, -1]] = 2
            out.append(np.outer(line, line) * CHANNELS[i + 1])
        else:
            out.append(np.full((GRID, GRID), float(len(ANCHORS) * NUMBERS)))
    return out


FAN_OUTS = fan_outs()
# Multiplications behind the first layer, whose input is analogue: one for each pair of a neuron
# (behind the pool) and a synapse.
SYNAPSES = sum(f.sum() * n for f, n in zip(FAN_OUTS, CHANNELS))


def spikes_per_synapse(spikes):
    """Mean over the scenes; `spikes` by layer, [scene, row, column, channel]."""
    reached = sum((s.sum(-1) * f.astype(np.float32)).sum() for s, f in zip(spikes, FAN_OUTS))
    return reached / len(spikes[0]) / SYNAPSES


def normalised(params, stats, pictures):
    """The same network with each channel in units of its 99 % quantile over `pictures`, so that a
    clip at 1 cuts next to nothing."""
    params = dict(params)
    x = pictures[..., None].astype(np.float32) / 255
    sent = network.forward(params, stats, x, network.leaky)[2]
    for i, values in enumerate(sent):
        columns = np.asarray(values).reshape(-1, CHANNELS[i]).T
        unit = np.array([np.quantile(c[c > 0], 0.99) if (c > 0).any() else 0 for c in columns])
        unit = np.maximum(unit, 0.05 * unit.max()).astype(np.float32)
        params[f"gamma{i}"] = params[f"gamma{i}"] / unit
        params[f"beta{i}"] = params[f"beta{i}"] / unit
        params[f"w{i + 1}"] = params[f"w{i + 1}"] * unit[:, None]
    return params


def price(ramp):
    """The price, which rises to its full height over this part of the steps."""

    def extra(sent, progress):
        spikes = spikes_per_synapse([LEVELS * s for s in sent])
        height = jnp.minimum(progress / ramp, 1) if ramp else 1.0
        return PRICE * height * jnp.maximum(spikes - AIM, 0), spikes

    return extra


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--digits", type=Path, required=True, help="folder of IDX files")
    arguments.add_argument("--work", type=Path, required=True, help="scenes and weights")
    arguments.add_argument("--first-cycle", type=int, default=0, help="1: go on from digits-l4.npz")
    a = arguments.parse_args()
    scenes = packed(a.digits, "train", 0, SCENES, a.work)
    test = packed(a.digits, "test", 1, TEST, a.work)
    path = a.work / "digits-l4.npz"
    keep = lambda params, stats: network.save(path, params, stats)
    if a.first_cycle:
        params, stats = network.load(path)
    else:
        params, stats = network.load(a.work / "digits.npz")
        params = normalised(params, stats, scenes[0][:64])
    for cycle in range(a.first_cycle, len(CYCLES)):
        steps, rate = CYCLES[cycle]
        extra = price(0 if cycle else 0.2)
        params, stats = network.fit(
            params, stats, scenes, test, steps, rate, stepped, 2 + 10 * cycle, extra=extra, keep=keep
        )
