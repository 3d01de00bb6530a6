"""Trains two small classifiers of single digits for chips that run plain units only.

`digit-256` has 256 neurons and spiking weights of three values; `digit-pools` has ReLU and average
pools. Both in floats that know of the rounding of weights and of rates.
"""

import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from scenes import read_idx

SIDE = 28
RATES = 16  # a rate is a sixteenth at the finest, in training

# By layer: kernel, stride, channels, groups of these, cells of an average pool behind it (1: none),
# and the bits of a weight. The first layer is computed outside the chip in floats, the last one
# gives the scores.
NETWORKS = {
    "digit-256": [(12, 8, 21, 1, 1, None), (3, 1, 45, 3, 1, 2), (1, 1, 10, 1, 1, 2)],
    "digit-pools": [(5, 1, 8, 1, 3, None), (3, 1, 16, 1, 2, 5), (3, 1, 10, 1, 1, 5)],
}
CLIPPED = {"digit-256": True, "digit-pools": False}
STEPS = {"digit-256": 20000, "digit-pools": 10000}
BATCH = 128


def digits(folder, part):
    images = read_idx(folder / f"{part}-images.idx3-ubyte")
    return images, read_idx(folder / f"{part}-labels.idx1-ubyte").astype(np.int32)


def init(layers, seed):
    rng, params, before = np.random.Generator(np.random.PCG64(seed)), {}, 1
    for i, (kernel, _, channels, groups, _, _) in enumerate(layers):
        inputs = before // groups
        spread = np.sqrt(2 / (kernel * kernel * inputs))
        params[f"w{i}"] = rng.normal(0, spread, (kernel, kernel, inputs, channels))
        params[f"b{i}"] = np.full(channels, 0.1 if i + 1 < len(layers) else 0.0)
        before = channels
    return {name: jnp.asarray(value, jnp.float32) for name, value in params.items()}


def straight(rounded, exact):
    """`rounded`, with the gradient of `exact`."""
    return exact + jax.lax.stop_gradient(rounded - exact)


def rounded(w, bits):
    """Weights as the chip has them: whole steps by output channel; of two bits -s, 0 and s."""
    if bits is None:
        return w
    if bits == 2:
        size = jnp.abs(w)
        held = size > 0.7 * size.mean((0, 1, 2), keepdims=True)
        scale = (size * held).sum((0, 1, 2), keepdims=True) / held.sum((0, 1, 2), keepdims=True)
        return jnp.sign(w) * held * scale
    step = jnp.abs(w).max((0, 1, 2), keepdims=True) / (2 ** (bits - 1) - 1)
    return jnp.round(w / step) * step


def forward(params, layers, clipped, x, levels=True):
    """Scores and all rates; rates as spikes have them if `levels`."""
    rates = []
    for i, (_, stride, _, groups, cells, bits) in enumerate(layers):
        w = params[f"w{i}"]
        w = straight(rounded(w, bits), w)
        numbers = ("NHWC", "HWIO", "NHWC")
        x = jax.lax.conv_general_dilated(
            x, w, (stride, stride), "VALID", dimension_numbers=numbers, feature_group_count=groups
        )
        x = x + params[f"b{i}"]
        if i + 1 == len(layers):
            break
        x = jnp.clip(x, 0, 1) if clipped else jax.nn.relu(x)
        if clipped and levels:
            x = straight(jnp.floor(RATES * x + 0.5) / RATES, x)
        rates.append(x)
        if cells > 1:
            n, height, width, channels = x.shape
            shape = (n, height // cells, cells, width // cells, cells, channels)
            x = x.reshape(shape).mean((2, 4))
    return x.reshape(len(x), -1), rates


def moved(pictures, rng):
    """A batch as floats: moved by up to two pixels, turned and stretched a little."""
    n = len(pictures)
    angle, shear = rng.uniform(-0.2, 0.2, n), rng.uniform(-0.2, 0.2, n)
    grow = rng.uniform(0.88, 1.14, (n, 2))
    shift = rng.uniform(-1.6, 1.6, (n, 2))
    centre = (SIDE - 1) / 2
    y, x = np.mgrid[:SIDE, :SIDE] - centre
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    down = (cos * y - sin * x) * grow[:, 0, None, None] + centre + shift[:, 0, None, None]
    across = (sin * y + cos * x + shear[:, None, None] * y) * grow[:, 1, None, None]
    across = across + centre + shift[:, 1, None, None]
    return sampled(pictures.astype(np.float32) / 255, down, across)


def sampled(pictures, down, across):
    """Bilinear, zero outside."""
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    down, across = (np.clip(v + 1, 0, SIDE + 0.999) for v in (down, across))
    top, left = down.astype(int), across.astype(int)
    low, right = (down - top).astype(np.float32), (across - left).astype(np.float32)
    n = np.arange(len(pictures))[:, None, None]
    at = lambda j, i: padded[n, top + j, left + i]
    upper = at(0, 0) * (1 - right) + at(0, 1) * right
    lower = at(1, 0) * (1 - right) + at(1, 1) * right
    return upper * (1 - low) + lower * low


def fit(name, images, labels, seed):
    layers, clipped, steps = NETWORKS[name], CLIPPED[name], STEPS[name]
    params = init(layers, seed)
    schedule = optax.warmup_cosine_decay_schedule(1e-4, 2e-3, steps // 20, steps, 2e-5)
    optimiser = optax.adamw(schedule, weight_decay=1e-4)

    def objective(params, x, label):
        scores, _ = forward(params, layers, clipped, x)
        smooth = optax.smooth_labels(jax.nn.one_hot(label, 10), 0.02)
        return optax.softmax_cross_entropy(scores, smooth).mean()

    @jax.jit
    def step(params, state, x, label):
        loss, gradient = jax.value_and_grad(objective)(params, x, label)
        update, state = optimiser.update(gradient, state, params)
        return optax.apply_updates(params, update), state, loss

    state, rng = optimiser.init(params), np.random.Generator(np.random.PCG64(seed))
    for k in range(steps):
        chosen = rng.integers(0, len(images), BATCH)
        x = moved(images[chosen], rng)[..., None].astype(np.float32)
        params, state, loss = step(params, state, x, labels[chosen])
        if (k + 1) % 1000 == 0:
            print(f"{name}: step {k + 1}, loss {float(loss):.3f}", flush=True)
    return params


def right(name, params, images, labels, levels=True):
    """Part of the digits whose highest score is their own."""
    x = images[..., None].astype(np.float32) / 255
    scores = forward(params, NETWORKS[name], CLIPPED[name], x, levels)[0]
    return float((np.asarray(scores).argmax(1) == labels).mean())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--digits", type=Path, required=True, help="folder of IDX files")
    arguments.add_argument("--work", type=Path, required=True, help="weights")
    arguments.add_argument("names", nargs="+", choices=list(NETWORKS))
    a = arguments.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    train, test = digits(a.digits, "train"), digits(a.digits, "test")
    for name in a.names:
        params = fit(name, *train, seed=0)
        np.savez(a.work / f"{name}.npz", **params)
        print(f"{name}: {right(name, params, *train):.4f} of the training digits,", end=" ")
        print(f"{right(name, params, *test):.4f} of unseen ones")
