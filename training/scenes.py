"""Scenes of handwritten digits on clutter, 128x128 grey, with boxes.

Scene number `index` of a `seed` is a function of (digits, seed, index) alone: each has its own
generator (PCG64), so scenes can be made in any order and by any number of processes.

    python scenes.py --digits DIR --part test --seed 1 --count 24 --out FOLDER

writes PNG files and a COCO `annotations.json`.
"""

import argparse
import json
import multiprocessing
from pathlib import Path

import numpy as np

SIDE = 128
CLASSES = [str(digit) for digit in range(10)]
MOST = 6  # digits in a scene
TILE = 28  # side of a digit in the sheets of assets/digits
INK = 0.3  # coverage from which a pixel belongs to the box


def read_idx(path):
    """An array in MNIST's IDX form: two zero bytes, 8 (bytes), number of axes, axes, values."""
    data = path.read_bytes()
    if data[:3] != b"\0\0\x08":
        raise SystemExit(f"{path} is not an IDX file of bytes")
    axes = data[3]
    shape = np.frombuffer(data, ">u4", axes, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


class Digits:
    """The digits of one part ("train" or "test"), cut to their ink."""

    def __init__(self, folder, part):
        if (folder / "labels.txt").is_file():
            self.of_class = by_class(*read_sheet(folder, part))
            return
        stem = {"train": "train", "test": "test"}[part]
        found = [
            # Full MNIST calls its test part t10k and separates the suffix by a dash.
            (folder / f"{name}-images{dot}idx3-ubyte", folder / f"{name}-labels{dot}idx1-ubyte")
            for name in (stem, "t10k" if stem == "test" else stem)
            for dot in (".", "-")
        ]
        pair = next((p for p in found if p[0].is_file()), None)
        if pair is None:
            raise SystemExit(f"{folder} has no {found[0][0].name}")
        self.of_class = by_class(read_idx(pair[0]), read_idx(pair[1]))


def read_sheet(folder, part):
    """The digits of `assets/digits`, cut out of their sheet. Only the test part has labels."""
    from PIL import Image

    if part != "test":
        raise SystemExit(f"{folder} has labels for its test part only; give a folder of IDX files")
    labels = np.array(list("".join((folder / "labels.txt").read_text().split())), int)
    sheet = np.asarray(Image.open(folder / "test.png").convert("L"))
    rows = sheet.reshape(-1, TILE, sheet.shape[1] // TILE, TILE)
    return rows.swapaxes(1, 2).reshape(-1, TILE, TILE), labels


def by_class(images, labels):
    return [[cut(images[i]) for i in np.flatnonzero(labels == c)] for c in range(10)]


def cut(image):
    ink = image > 40
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    part = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # A rim of zeros: bilinear sampling then fades out by itself.
    return np.pad(part, 1).astype(np.float32) / 255


def warp(image, longer, angle, aspect, shear, gain):
    """Coverage of the digit, its longer side `longer` pixels before the rotation; cut to its ink."""
    h, w = image.shape
    scale = longer / (max(h, w) - 2)
    cos, sin = np.cos(angle), np.sin(angle)
    forward = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, shear], [0, 1]]) @ np.diag(
        [scale * np.sqrt(aspect), scale / np.sqrt(aspect)]
    )
    corners = forward @ (np.array([[-1, 1, 1, -1], [-1, -1, 1, 1]]) * [[w / 2], [h / 2]])
    half = np.ceil(np.abs(corners).max(1)).astype(int)
    y, x = np.mgrid[-half[1] : half[1] + 1, -half[0] : half[0] + 1]
    back = np.linalg.inv(forward)
    u = np.clip(back[0, 0] * x + back[0, 1] * y + (w - 1) / 2, 0, w - 1.001)
    v = np.clip(back[1, 0] * x + back[1, 1] * y + (h - 1) / 2, 0, h - 1.001)
    i, j = v.astype(int), u.astype(int)
    v, u = v - i, u - j
    ink = (image[i, j] * (1 - u) + image[i, j + 1] * u) * (1 - v) + (
        image[i + 1, j] * (1 - u) + image[i + 1, j + 1] * u
    ) * v
    ink = np.minimum(ink * gain, 1)
    seen = ink > INK
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if len(rows) < 4 or len(columns) < 2:
        return None
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def window(x1, y1, x2, y2):
    """Slices and coordinates of the pixels around a shape, cut to the picture."""
    x1, y1 = max(int(x1) - 2, 0), max(int(y1) - 2, 0)
    x2, y2 = min(int(x2) + 3, SIDE), min(int(y2) + 3, SIDE)
    y, x = np.mgrid[y1 : max(y2, y1), x1 : max(x2, x1)]
    return (slice(y1, max(y2, y1)), slice(x1, max(x2, x1))), x, y


def add_shape(canvas, rng):
    cx, cy = rng.uniform(0, SIDE, 2)
    a, b = rng.uniform(4, 30, 2)
    delta, kind = rng.uniform(-0.3, 0.3), rng.integers(3)
    at, x, y = window(cx - a, cy - b, cx + a, cy + b)
    if kind == 0:  # rectangle
        inside = np.minimum(a - np.abs(x - cx), b - np.abs(y - cy))
    else:
        inside = (1 - np.hypot((x - cx) / a, (y - cy) / b)) * min(a, b)
        if kind == 2:  # ring
            inside = np.minimum(inside, rng.uniform(1.5, 5) - inside)
    canvas[at] += delta * np.clip(inside + 0.5, 0, 1)


def add_line(canvas, rng):
    length, width = rng.uniform(12, 90), rng.uniform(1, 3)
    delta, angle = rng.uniform(-0.45, 0.45), rng.uniform(0, 2 * np.pi)
    bend = rng.uniform(-1.2, 1.2) if rng.random() < 0.5 else 0.0
    points = [rng.uniform(0, SIDE, 2)]
    pieces = 4 if bend else 1
    for k in range(pieces):
        points.append(points[-1] + length / pieces * np.array([np.cos(angle), np.sin(angle)]))
        angle += bend / pieces * 2
    points = np.array(points)
    at, x, y = window(*points.min(0), *points.max(0))
    nearest = np.full(x.shape, 1e9)
    for (px, py), (qx, qy) in zip(points[:-1], points[1:]):
        dx, dy = qx - px, qy - py
        t = np.clip(((x - px) * dx + (y - py) * dy) / (dx * dx + dy * dy), 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - px - t * dx, y - py - t * dy))
    canvas[at] += delta * np.clip(width / 2 + 0.5 - nearest, 0, 1)


def background(rng):
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    canvas = rng.uniform(0.1, 0.9) + rng.uniform(0, 0.35) * (np.cos(angle) * x + np.sin(angle) * y)
    if rng.random() < 0.7:  # smooth noise: a coarse grid, stretched
        n = rng.integers(3, 10)
        at = np.linspace(0, n - 1, SIDE)
        hat = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(n)))
        canvas = canvas + hat @ rng.normal(0, rng.uniform(0.02, 0.12), (n, n)) @ hat.T
    for _ in range(rng.integers(5)):
        add_shape(canvas, rng)
    for _ in range(rng.integers(6)):
        add_line(canvas, rng)
    return np.clip(canvas, 0, 1)


def crowded(box, others):
    """Whether it shares more than 12 % of the smaller box with another."""
    for other in others:
        w = min(box[2], other[2]) - max(box[0], other[0])
        h = min(box[3], other[3]) - max(box[1], other[1])
        area = min((b[2] - b[0]) * (b[3] - b[1]) for b in (box, other))
        if w > 0 and h > 0 and w * h > 0.12 * area:
            return True
    return False


def grey_of(under, side, rng):
    """Grey of a digit: off the mean behind it, on `side`, or on the other where this has no room."""
    contrast = rng.uniform(0.28, 0.9)
    room = 1 - under if side > 0 else under
    if room < 0.28:
        side = -side
    return float(np.clip(under + side * contrast, 0, 1))


def make(digits, seed, index):
    """Picture (bytes), boxes (x1, y1, x2, y2 in pixels) and classes of one scene."""
    rng = np.random.Generator(np.random.PCG64([seed, index]))
    canvas = background(rng)
    # All digits bright 30 %, all dark 30 %, mixed 40 %.
    polarity = rng.choice([1, -1, 0], p=[0.3, 0.3, 0.4])
    boxes, classes = [], []
    for _ in range(rng.integers(1, MOST + 1)):
        label = int(rng.integers(10))
        same = digits.of_class[label]
        ink = warp(
            same[rng.integers(len(same))],
            longer=np.exp(rng.uniform(np.log(15), np.log(56))),
            angle=np.deg2rad(rng.uniform(-20, 20)),
            aspect=rng.uniform(0.8, 1.2),
            shear=rng.uniform(-0.15, 0.15),
            gain=rng.uniform(1, 1.4),
        )
        side = polarity or rng.choice([1, -1])
        if ink is None:
            continue
        h, w = ink.shape
        for _ in range(12):
            x, y = rng.integers(0, SIDE - w + 1), rng.integers(0, SIDE - h + 1)
            box = (int(x), int(y), int(x + w), int(y + h))
            if not crowded(box, boxes):
                break
        else:
            continue
        part = canvas[y : y + h, x : x + w]
        grey = grey_of(float((part * ink).sum() / ink.sum()), side, rng)
        part += ink * (grey - part)
        boxes.append(box)
        classes.append(label)
    canvas = canvas + rng.normal(0, rng.uniform(0.005, 0.06), canvas.shape)
    picture = np.rint(np.clip(canvas, 0, 1) * 255).astype(np.uint8)
    return picture, np.array(boxes, np.float32).reshape(-1, 4), np.array(classes, np.int64)


_digits = None  # of a worker process


def _start(folder, part):
    global _digits
    _digits = Digits(folder, part)


def _make(job):
    return make(_digits, *job)


def make_many(folder, part, seed, count, processes=2):
    with multiprocessing.get_context("spawn").Pool(processes, _start, (folder, part)) as pool:
        return pool.map(_make, [(seed, index) for index in range(count)], chunksize=64)


def packed(folder, part, seed, count, cache):
    """The scenes as arrays, made once and kept in `cache` (a folder): pictures [n, 128, 128], boxes
    [n, 6, 4] and classes [n, 6], -1 where a scene has fewer digits."""
    path = cache / f"{part}-{seed}-{count}.npz"
    if not path.is_file():
        scenes = make_many(folder, part, seed, count)
        boxes, classes = np.zeros((count, MOST, 4), np.float32), np.full((count, MOST), -1)
        for i, (_, found, labels) in enumerate(scenes):
            boxes[i, : len(found)], classes[i, : len(labels)] = found, labels
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(path, pictures=np.stack([s[0] for s in scenes]), boxes=boxes, classes=classes)
    with np.load(path) as file:
        return file["pictures"], file["boxes"], file["classes"]


def write(scenes, folder, stem, labelled):
    """PNG files and, if `labelled`, the boxes in COCO's form."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{stem}-{number:02}.png" for number in range(len(scenes))]
    for name, (picture, _, _) in zip(names, scenes):
        Image.fromarray(picture).save(folder / name, optimize=True)
    if labelled:
        write_boxes(folder, names, [scene[1:] for scene in scenes], SIDE, CLASSES)


def write_boxes(folder, names, labels, side, categories):
    """`annotations.json` in COCO's form; `labels` holds the boxes and classes of each file."""
    images, annotations = [], []
    for number, (name, (boxes, classes)) in enumerate(zip(names, labels)):
        images.append({"id": number, "file_name": name, "width": side, "height": side})
        for (x1, y1, x2, y2), label in zip(boxes.tolist(), classes.tolist()):
            size = [x2 - x1, y2 - y1]
            annotations.append(
                {
                    "id": len(annotations),
                    "image_id": number,
                    "category_id": label,
                    "bbox": [x1, y1, *size],
                    "area": size[0] * size[1],
                    "iscrowd": 0,
                }
            )
    lines = []
    for key, rows in [
        ("images", images),
        ("annotations", annotations),
        ("categories", [{"id": i, "name": name} for i, name in enumerate(categories)]),
    ]:
        lines.append(f'"{key}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]")
    (folder / "annotations.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--digits", type=Path, required=True, help="folder of IDX files")
    arguments.add_argument("--part", choices=["train", "test"], default="test")
    arguments.add_argument("--seed", type=int, required=True)
    arguments.add_argument("--count", type=int, required=True)
    arguments.add_argument("--stem", default="scene", help="start of the file names")
    arguments.add_argument("--no-boxes", action="store_true", help="pictures only")
    arguments.add_argument("--out", type=Path, required=True)
    a = arguments.parse_args()
    write(make_many(a.digits, a.part, a.seed, a.count), a.out, a.stem, not a.no_boxes)
