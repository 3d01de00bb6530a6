"""The network, its loss and its training loop. Parameters are flat dictionaries of arrays."""

import time

import jax
import jax.numpy as jnp
import numpy as np
import optax

from evaluate import ANCHORS, CELL, GRID, NUMBERS, mean_precision, predictions
from scenes import SIDE

CHANNELS = [12, 16, 32, 64, 96, 128]  # of the 3x3 convolutions
POOLS = 4  # the first so many are followed by a 2x2 max-pool, or have a stride of 2 if `strided`
EPSILON = 1e-5


def init(seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    params, stats, before = {}, {}, 1
    for i, n in enumerate(CHANNELS):
        params[f"w{i}"] = rng.normal(0, np.sqrt(2 / (9 * before)), (3, 3, before, n))
        params[f"gamma{i}"], params[f"beta{i}"] = np.ones(n), np.zeros(n)
        stats[f"mean{i}"], stats[f"var{i}"] = np.zeros(n), np.ones(n)
        before = n
    bias = np.zeros((len(ANCHORS), NUMBERS))
    bias[:, 4] = -4  # objects are rare
    params["w6"] = rng.normal(0, 0.01, (1, 1, before, bias.size))
    params["bias"] = bias.reshape(-1)
    return [{k: jnp.asarray(v, jnp.float32) for k, v in d.items()} for d in (params, stats)]


def conv(x, w, stride=1):
    """With a border of zeros on all sides, half a kernel wide."""
    numbers, border = ("NHWC", "HWIO", "NHWC"), [(w.shape[0] // 2,) * 2] * 2
    return jax.lax.conv_general_dilated(x, w, (stride, stride), border, dimension_numbers=numbers)


def pool(x):
    return jnp.maximum(
        jnp.maximum(x[:, ::2, ::2], x[:, 1::2, ::2]), jnp.maximum(x[:, ::2, 1::2], x[:, 1::2, 1::2])
    )


def leaky(x):
    return jnp.where(x > 0, x, 0.1 * x)


def silu(x):
    return x * jax.nn.sigmoid(x)


def forward(params, stats, x, activation, training=False, strided=False):
    """Head, statistics, and what each layer sends (behind its pool).

    Batch norm and the activation follow the pool here, for speed: the scale of the norm is used as
    an absolute value, so both rise monotonically and commute with the maximum. The exported network
    has them before the pool. SiLU falls and rises, so it needs `strided`, which has no pools."""
    new, sent = dict(stats), []
    for i in range(len(CHANNELS)):
        x = conv(x, params[f"w{i}"], 2 if strided and i < POOLS else 1)
        mean, var = stats[f"mean{i}"], stats[f"var{i}"]
        if training:
            mean = x.mean((0, 1, 2))
            var = jnp.square(x).mean((0, 1, 2)) - jnp.square(mean)
            new[f"mean{i}"] = 0.97 * stats[f"mean{i}"] + 0.03 * mean
            new[f"var{i}"] = 0.97 * stats[f"var{i}"] + 0.03 * var
        if i < POOLS and not strided:
            x = pool(x)
        scale = jnp.abs(params[f"gamma{i}"]) * jax.lax.rsqrt(var + EPSILON)
        x = activation((x - mean) * scale + params[f"beta{i}"])
        sent.append(x)
    return conv(x, params["w6"]) + params["bias"], new, sent


def folded(params, stats):
    """Weights and biases without batch norm, as [(w, b)]; the head is the last."""
    layers = []
    for i in range(len(CHANNELS)):
        scale = np.abs(params[f"gamma{i}"]) / np.sqrt(stats[f"var{i}"] + EPSILON)
        bias = params[f"beta{i}"] - stats[f"mean{i}"] * scale
        layers.append((np.asarray(params[f"w{i}"] * scale), np.asarray(bias)))
    return layers + [(np.asarray(params["w6"]), np.asarray(params["bias"]))]


def augmented(pictures, boxes, classes, rng):
    """A batch as floats, moved, inverted and with other contrast; boxes cut to the picture."""
    n = len(pictures)
    padded = np.pad(pictures, ((0, 0), (8, 8), (8, 8)), mode="edge")
    shift = rng.integers(0, 17, (n, 2))
    x = np.stack([p[j : j + SIDE, i : i + SIDE] for p, (i, j) in zip(padded, shift)])
    x = x.astype(np.float32) / 255 - 0.5
    gain = rng.uniform(0.7, 1.15, (n, 1, 1)) * rng.choice([1, -1], (n, 1, 1))
    x = np.clip(x * gain + 0.5 + rng.uniform(-0.08, 0.08, (n, 1, 1)), 0, 1).astype(np.float32)
    moved = boxes + np.tile(8 - shift, 2)[:, None].astype(np.float32)
    kept = np.clip(moved, 0, SIDE)
    area = lambda b: (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    gone = area(kept) < 0.6 * area(moved)
    return x[..., None], kept, np.where(gone, -1, classes)


def targets(boxes, classes):
    """Per cell and anchor: responsible, x, y, log w, log h, class, weight of the box terms."""
    out = np.zeros((len(boxes), GRID, GRID, len(ANCHORS), 7), np.float32)
    for scene, corner, label in zip(out, boxes, classes):
        for (x1, y1, x2, y2), c in zip(corner[label >= 0], label[label >= 0]):
            cx, cy, size = (x1 + x2) / 2 / CELL, (y1 + y2) / 2 / CELL, np.array([x2 - x1, y2 - y1])
            column, row = min(int(cx), GRID - 1), min(int(cy), GRID - 1)
            both = np.minimum(size, ANCHORS).prod(1)
            iou = both / (size.prod() + ANCHORS.prod(1) - both)
            free = [a for a in np.argsort(-iou) if scene[row, column, a, 0] == 0]
            if free:
                log = np.log(size / ANCHORS[free[0]])
                weight = 2 - 4 * size.prod() / SIDE**2
                scene[row, column, free[0]] = [1, cx - column, cy - row, *log, c, weight]
    return out


def ious(a, b):
    w = jnp.minimum(a[..., 2], b[..., 2]) - jnp.maximum(a[..., 0], b[..., 0])
    h = jnp.minimum(a[..., 3], b[..., 3]) - jnp.maximum(a[..., 1], b[..., 1])
    both = jnp.maximum(w, 0) * jnp.maximum(h, 0)
    area = lambda b: (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    return both / (area(a) + area(b) - both + 1e-6)


def loss_of(head, target, boxes, classes):
    """Sum over a scene, mean over the batch; YOLO v2's, but with cross-entropy for the object."""
    p = head.reshape(-1, GRID, GRID, len(ANCHORS), NUMBERS)
    centre, log = jax.nn.sigmoid(p[..., :2]), jnp.clip(p[..., 2:4], -4, 4)
    cells = jnp.stack(jnp.meshgrid(jnp.arange(GRID), jnp.arange(GRID)), -1)[:, :, None]
    middle, half = (centre + cells) * CELL, ANCHORS * jnp.exp(log) / 2
    found = jnp.concatenate([middle - half, middle + half], -1)
    overlap = ious(found[..., None, :], boxes[:, None, None, None])
    best = jnp.where(classes[:, None, None, None] >= 0, overlap, 0).max(-1)
    own, label = target[..., 0], target[..., 5].astype(int)
    shape = jnp.square(centre - target[..., 1:3]) + jnp.square(p[..., 2:4] - target[..., 3:5])
    t_middle, t_half = (target[..., 1:3] + cells) * CELL, ANCHORS * jnp.exp(target[..., 3:5]) / 2
    truth = jnp.concatenate([t_middle - t_half, t_middle + t_half], -1)
    quality = jax.lax.stop_gradient(ious(found, truth))
    bce = lambda logit, t: jax.nn.softplus(logit) - t * logit
    total = (
        own * 3 * target[..., 6] * shape.sum(-1)
        + own * bce(p[..., 4], quality)
        + (1 - own) * 0.5 * jnp.where(best < 0.6, bce(p[..., 4], 0), 0)
        + own * optax.softmax_cross_entropy_with_integer_labels(p[..., 5:], label)
    )
    return total.sum() / len(head)


def fit(
    params, stats, scenes, test, steps, rate, activation, seed,
    extra=None, keep=None, batch=16, strided=False,
):
    """AdamW, warm-up over 6 % of the steps, then cosine. `extra(sent, progress)` is added to the
    loss and reported; `keep(params, stats)` is called now and then."""
    schedule = optax.warmup_cosine_decay_schedule(rate / 10, rate, int(0.06 * steps), steps, rate / 100)
    decayed = {k: k.startswith("w") for k in params}
    optimiser = optax.chain(
        optax.clip_by_global_norm(20.0),
        optax.adamw(schedule, b2=0.99, weight_decay=2e-4, mask=decayed),
    )
    extra = extra or (lambda sent, progress: (0.0, 0.0))

    def objective(params, stats, x, target, boxes, classes, progress):
        head, stats, sent = forward(params, stats, x, activation, True, strided)
        more, note = extra(sent, progress)
        return loss_of(head, target, boxes, classes) + more, (stats, note)

    @jax.jit
    def step(params, stats, state, progress, *batch):
        gradient = jax.value_and_grad(objective, has_aux=True)
        (loss, (stats, note)), g = gradient(params, stats, *batch, progress)
        update, state = optimiser.update(g, state, params)
        return optax.apply_updates(params, update), stats, state, loss, note

    state, rng = optimiser.init(params), np.random.Generator(np.random.PCG64(seed))
    start = time.time()
    for k in range(steps):
        chosen = rng.integers(0, len(scenes[0]), batch)
        x, boxes, classes = augmented(*(a[chosen] for a in scenes), rng)
        inputs = (x, targets(boxes, classes), boxes, classes)
        params, stats, state, loss, note = step(params, stats, state, k / steps, *inputs)
        if (k + 1) % 100 == 0:
            text = f"step {k + 1} loss {float(loss):.3f} note {float(note):.3f}"
            if (k + 1) % 500 == 0 or k + 1 == steps:
                text += f" mAP50 {score(params, stats, test, activation, strided):.4f}"
                if keep:
                    keep(params, stats)
            print(f"{text} {time.time() - start:.0f} s", flush=True)
    return params, stats


def heads(params, stats, pictures, activation, strided=False):
    run = jax.jit(lambda x: forward(params, stats, x, activation, strided=strided)[0])
    x = pictures[..., None].astype(np.float32) / 255
    return np.concatenate([run(x[i : i + 50]) for i in range(0, len(x), 50)])


def score(params, stats, test, activation, strided=False):
    pictures, boxes, classes = test
    found = predictions(heads(params, stats, pictures, activation, strided))
    return mean_precision(found, boxes, classes)


def save(path, params, stats):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **params, **stats)


def load(path):
    with np.load(path) as file:
        all_ = {k: file[k] for k in file.files}
    stats = {k: v for k, v in all_.items() if k.startswith(("mean", "var"))}
    return {k: v for k, v in all_.items() if k not in stats}, stats
