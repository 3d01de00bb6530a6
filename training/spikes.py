"""Trains `digit-events`, a spiking network that finds digits in recordings of `events.py`.

Leaky units that fire once a step, trained by surrogate gradients (Neftci, Mostafa and Zenke 2019)
through all steps of a recording; one class, `digit`. Weights are rounded to 8 bits by channel
before they are written, as a chip rounds them. Head, loss and scores are those of `network.py`: its
cells of 16 pixels of a scene are cells of 8 on a sensor of half the side.

    python spikes.py --digits DIR --work target/training --out assets/networks
"""

import argparse
import io
import multiprocessing
import time
from pathlib import Path

import h5py
import jax
import jax.numpy as jnp
import nir
import numpy as np
import optax

import events
import network
from evaluate import ANCHORS, GRID, NUMBERS, mean_precision, predictions
from scenes import MOST, SIDE, Digits

NAME = "digit-events"
SENSOR = 64  # pixels of a side
STEPS, DT = 15, 0.02  # of 20 ms
LAYERS = [(5, 2, 12), (3, 2, 16), (3, 2, 32), (3, 1, 32)]  # kernel, stride, channels
NUMBERS_OF = 5  # of an anchor: x, y, w, h, object
DECAY = 0.75  # of a unit's potential in a step
READ_DECAY = 0.875  # of the potentials that are read
READ_AT = [5, 10, 15]  # steps at which the loss is taken
STEEP = 4.0  # of the surrogate
BUSY, PRICE = 0.08, 30.0  # share of a layer's units that may fire in a step, and what more costs
SCENES, BATCH, UPDATES, RATE = 3000, 16, 1300, 3e-3
# Logits of the ten classes that `network.py` knows: for sure the first, whose name is `digit`.
ONE_CLASS = np.where(np.arange(NUMBERS - NUMBERS_OF) == 0, 0, -30).astype(np.float32)


@jax.custom_jvp
def fires(v):
    return (v > 0).astype(jnp.float32)


@fires.defjvp
def _(primals, tangents):
    (v,), (dv,) = primals, tangents
    return fires(v), dv / jnp.square(1 + STEEP * jnp.abs(v))


def init(seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    params, before = {}, 2
    for i, (k, _, n) in enumerate(LAYERS):
        params[f"w{i}"] = rng.normal(0, 4 / np.sqrt(k * k * before), (k, k, before, n))
        params[f"b{i}"], before = np.full(n, 0.05), n
    bias = np.zeros((len(ANCHORS), NUMBERS_OF))
    bias[:, 4] = -4  # objects are rare
    params["w_head"] = rng.normal(0, 0.1, (1, 1, before, bias.size))
    params["b_head"] = bias.reshape(-1)
    return {k: jnp.asarray(v, jnp.float32) for k, v in params.items()}


def units(current):
    """Spikes of leaky units, [steps, ...]: threshold 1, which a spike takes off."""

    def step(v, i):
        v = DECAY * v + i
        spikes = fires(v - 1)
        return v - spikes, spikes

    return jax.lax.scan(step, jnp.zeros_like(current[0]), current)[1]


def read(current):
    """Potentials that are read, step by step."""

    def step(v, i):
        v = READ_DECAY * v + (1 - READ_DECAY) * i
        return v, v

    return jax.lax.scan(step, jnp.zeros_like(current[0]), current)[1]


def forward(params, x):
    """Potentials [steps, scenes, rows, columns, numbers] and the share of units that fire."""
    shares = []

    def over_time(x, w, b, stride):
        sums = network.conv(x.reshape(-1, *x.shape[2:]), w, stride)
        return sums.reshape(STEPS, x.shape[1], *sums.shape[1:]) + b

    for i, (_, stride, _) in enumerate(LAYERS):
        x = units(over_time(x, params[f"w{i}"], params[f"b{i}"], stride))
        shares.append(x.mean())
    return read(over_time(x, params["w_head"], params["b_head"], 1)), jnp.stack(shares)


def with_class(head):
    """Numbers of the anchors as `network.py` has them, the class for sure."""
    p = head.reshape(len(head), GRID, GRID, len(ANCHORS), NUMBERS_OF)
    known = jnp.broadcast_to(ONE_CLASS, (*p.shape[:-1], len(ONE_CLASS)))
    return jnp.concatenate([p, known], -1)


def objective(params, x, target, boxes, classes):
    potentials, shares = forward(params, x)
    heads = [with_class(potentials[t - 1]) for t in READ_AT]
    losses = [network.loss_of(head, target, boxes, classes) for head in heads]
    dear = jnp.maximum(shares - BUSY, 0).sum() * PRICE
    return sum(losses) / len(losses) + dear, shares


_digits = None  # of a worker process


def _start(folder, part):
    global _digits
    _digits = Digits(folder, part)


def _make(job):
    return events.make(_digits, *job, SENSOR)


def recordings(folder, part, seed, count, cache):
    """Events of each scene, boxes in pixels of the scene, and classes: all are digits. Kept in
    `cache`."""
    path = cache / f"events-{part}-{seed}-{count}.npz"
    if not path.is_file():
        with multiprocessing.get_context("spawn").Pool(2, _start, (folder, part)) as pool:
            made = pool.map(_make, [(seed, index) for index in range(count)], chunksize=16)
        boxes, classes = np.zeros((count, MOST, 4), np.float32), np.full((count, MOST), -1)
        for i, (_, found, labels) in enumerate(made):
            boxes[i, : len(found)], classes[i, : len(labels)] = found * (SIDE / SENSOR), 0
        cache.mkdir(parents=True, exist_ok=True)
        ends = np.cumsum([len(m[0]) for m in made])
        found = np.concatenate([m[0] for m in made])
        np.savez(path, events=found, ends=ends, boxes=boxes, classes=classes)
    with np.load(path) as file:
        return np.split(file["events"], file["ends"][:-1]), file["boxes"], file["classes"]


def counts(chosen, shifts=None, swaps=None):
    """Counts [steps, scenes, rows, columns, polarity], moved and inverted if asked for."""
    x = np.zeros((STEPS, len(chosen), SENSOR, SENSOR, 2), np.float32)
    for n, found in enumerate(chosen):
        t, column, row, on = found.T
        if shifts is not None:
            column, row, on = column + shifts[n, 0], row + shifts[n, 1], on ^ swaps[n]
        inside = (column >= 0) & (column < SENSOR) & (row >= 0) & (row < SENSOR)
        step = np.minimum((t * 1e-6 / DT).astype(int), STEPS - 1)
        np.add.at(x[:, n], tuple(a[inside] for a in (step, row, column, on)), 1)
    return x


def augmented(scenes, chosen, rng):
    found, boxes, classes = scenes
    shifts, swaps = rng.integers(-6, 7, (len(chosen), 2)), rng.integers(0, 2, len(chosen))
    x = counts([found[i] for i in chosen], shifts, swaps)
    whole = boxes[chosen] + np.tile(shifts * (SIDE // SENSOR), 2)[:, None]
    kept = np.clip(whole, 0, SIDE).astype(np.float32)
    area = lambda b: (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    labels = np.where(area(kept) < 0.6 * area(whole), -1, classes[chosen])
    return x, network.targets(kept, labels), kept, labels


def fit(params, scenes, seed, updates):
    warm, last = updates // 16, RATE / 100
    schedule = optax.warmup_cosine_decay_schedule(RATE / 10, RATE, warm, updates, last)
    optimiser = optax.chain(
        optax.clip_by_global_norm(20.0), optax.adamw(schedule, b2=0.99, weight_decay=1e-4)
    )

    @jax.jit
    def update(params, state, *batch):
        (loss, shares), g = jax.value_and_grad(objective, has_aux=True)(params, *batch)
        change, state = optimiser.update(g, state, params)
        return optax.apply_updates(params, change), state, loss, shares

    state, rng = optimiser.init(params), np.random.Generator(np.random.PCG64(seed))
    start, mean = time.time(), None
    for k in range(updates):
        batch = augmented(scenes, rng.integers(0, len(scenes[0]), BATCH), rng)
        params, state, loss, shares = update(params, state, *batch)
        mean = float(loss) if mean is None else 0.98 * mean + 0.02 * float(loss)
        if (k + 1) % 100 == 0:
            rates = " ".join(f"{share:.3f}" for share in shares)
            taken = time.time() - start
            print(f"update {k + 1} loss {mean:.3f} fire {rates} {taken:.0f} s", flush=True)
    return params


def whole(params):
    """Weights of 8 bits by channel."""
    rounded = {}
    for name, value in params.items():
        value = np.asarray(value, np.float64)
        if name.startswith("w"):
            step = np.abs(value).max((0, 1, 2)) / 127
            value = np.rint(value / step) * step
        rounded[name] = value.astype(np.float32)
    return rounded


def score(params, scenes, at):
    """mAP50 of the potentials after each number of steps."""
    found, boxes, classes = scenes
    run = jax.jit(lambda x: jnp.stack([with_class(forward(params, x)[0][t - 1]) for t in at]))
    heads = [run(counts(found[i : i + 25])) for i in range(0, len(found), 25)]
    heads = np.concatenate(heads, 1)
    return [mean_precision(predictions(list(head)), boxes, classes) for head in heads]


def graph(params):
    """The network as NIR: what a step does is what `units` and `read` do."""
    full = lambda shape, value: np.full(shape, value, np.float32)
    nodes = {"input": nir.Input({"input": np.array([2, SENSOR, SENSOR])})}
    edges, before, size = [], "input", SENSOR

    def conv(w, b, stride):
        weight, border = w.transpose(3, 2, 0, 1).copy(), w.shape[0] // 2
        return nir.Conv2d((size, size), weight, stride, border, 1, 1, b)

    for i, (_, stride, n) in enumerate(LAYERS):
        nodes[f"conv{i + 1}"] = conv(params[f"w{i}"], params[f"b{i}"], stride)
        size //= stride
        shape, tau = (n, size, size), DT / (1 - DECAY)
        nodes[f"units{i + 1}"] = nir.LIF(
            # r undoes dt / tau, so that the current itself is added.
            tau=full(shape, tau),
            r=full(shape, tau / DT),
            v_leak=full(shape, 0),
            v_threshold=full(shape, 1),
        )
        edges += [(before, f"conv{i + 1}"), (f"conv{i + 1}", f"units{i + 1}")]
        before = f"units{i + 1}"
    nodes["head"] = conv(params["w_head"], params["b_head"], 1)
    shape, tau = (len(params["b_head"]), size, size), DT / (1 - READ_DECAY)
    nodes["read"] = nir.LI(tau=full(shape, tau), r=full(shape, 1), v_leak=full(shape, 0))
    nodes["output"] = nir.Output({"output": np.array(shape)})
    edges += [(before, "head"), ("head", "read"), ("read", "output")]
    return nir.NIRGraph(nodes, edges, metadata={"dt": DT, "reset": "subtract"})


def save(path, network_graph):
    """As `nir.write` does, in a third of the bytes: arrays in one piece each need no index of
    pieces, and short ones are not packed."""
    buffer = io.BytesIO()
    nir.write(buffer, network_graph)

    def copy(source, target):
        for name, item in source.items():
            if isinstance(item, h5py.Group):
                copy(item, target.create_group(name))
                continue
            long = item.shape and item.dtype.kind == "f" and item.nbytes > 2000
            packed = dict(chunks=item.shape, compression="gzip", compression_opts=9)
            target.create_dataset(name, data=item[()], dtype=item.dtype, **(packed if long else {}))

    with h5py.File(buffer) as source, h5py.File(path, "w", libver=("v110", "v110")) as target:
        copy(source, target)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--digits", type=Path, required=True, help="folder of IDX files")
    arguments.add_argument("--work", type=Path, required=True, help="recordings")
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--updates", type=int, default=UPDATES)
    a = arguments.parse_args()
    start = time.time()
    scenes = recordings(a.digits, "train", 20, SCENES, a.work)
    test = recordings(a.digits, "test", 21, 200, a.work)
    taken = time.time() - start
    print(f"{SCENES} recordings for training, 200 for testing: {taken:.0f} s", flush=True)
    params = whole(fit(init(22), scenes, 23, a.updates))
    precision = score(params, test, READ_AT)
    print("mAP50 " + ", ".join(f"{p:.3f} after {t} steps" for p, t in zip(precision, READ_AT)))
    a.out.mkdir(parents=True, exist_ok=True)
    save(a.out / f"{NAME}.nir", graph(params))
    print(f"{time.time() - start:.0f} s in all")


if __name__ == "__main__":
    main()
