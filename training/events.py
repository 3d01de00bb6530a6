"""Scenes of digits as an event camera sees them that makes three short moves, boxes kept.

A recording is a function of (digits, seed, index, the options below) alone: the scene is that of
`scenes.py`, and the saccade has a generator of its own. The camera is ideal: a pixel sends an event
whenever the logarithm of its intensity has moved by the threshold since its last one. Where it
stands between two events at first differs from pixel to pixel, as in a camera that has seen things.

    python events.py --digits DIR --part test --seed 1 --count 12 --side 64 --out FOLDER

writes recordings in the form of N-MNIST (.bs2, five bytes an event) and a COCO `annotations.json`.
"""

import argparse
from pathlib import Path

import numpy as np

import scenes

MOVE_US = 100_000  # of each of the three moves, as in N-MNIST
FRAMES = 24  # of a move; between two, the logarithm rises in a straight line
REACH = 3.0  # pixels of the sensor that the picture moves at most
DARK = 0.1  # added to greys of 0 to 1, so that black has a logarithm
THRESHOLD = 0.3  # of the logarithm
# What tells the generators of saccade and pixels from that of the scene.
SACCADE, PIXELS = 1, 2
NAMES = ["digit"]  # with --one-class
LARGEST = 255  # what a byte holds of x and y


def saccade(seed, index):
    """Corners of a triangle, from the origin and back to it: where the picture is, [4, 2]."""
    rng = np.random.Generator(np.random.PCG64([seed, index, SACCADE]))
    angle, turn = rng.uniform(0, 2 * np.pi), rng.choice([-1, 1])
    sides = rng.uniform(0.8, 1, 2) * REACH
    away = angle + turn * np.pi / 3
    first = sides[0] * np.array([np.cos(angle), np.sin(angle)])
    second = sides[1] * np.array([np.cos(away), np.sin(away)])
    return np.array([[0, 0], first, second, [0, 0]])


def shrunk(picture, side):
    """Greys of 0 to 1 on a sensor of `side` pixels, each the mean of those that it covers."""
    factor = picture.shape[0] // side
    if factor * side != picture.shape[0]:
        raise SystemExit(f"--side {side} does not divide {picture.shape[0]} pixels")
    parts = picture.astype(np.float64).reshape(side, factor, side, factor)
    return parts.mean((1, 3)) / 255


def moved(picture, dx, dy):
    """The picture moved right and down by parts of a pixel; its rim goes on outside of it."""
    rim = int(np.ceil(REACH)) + 1
    wide = np.pad(picture, rim, mode="edge")
    column, row = int(np.floor(-dx)), int(np.floor(-dy))
    u, v = -dx - column, -dy - row
    height, width = picture.shape

    def at(right, down):
        y, x = rim + row + down, rim + column + right
        return wide[y : y + height, x : x + width]

    above, below = at(0, 0) * (1 - u) + at(1, 0) * u, at(0, 1) * (1 - u) + at(1, 1) * u
    return above * (1 - v) + below * v


def phases(seed, index, side):
    """Of each pixel, the level of its last event before the recording: -0.5 to 0.5 thresholds."""
    rng = np.random.Generator(np.random.PCG64([seed, index, PIXELS]))
    return rng.uniform(-0.5, 0.5, (side, side))


def record(picture, corners, phase=0.0, threshold=THRESHOLD):
    """Events of a sensor before which `picture` moves: rows of t (us), x, y, on; by time."""
    before = np.log(picture + DARK)
    last, found = before + phase * threshold, []
    for move in range(3):
        for frame in range(FRAMES):
            begin = (move + frame / FRAMES) * MOVE_US
            share = (frame + 1) / FRAMES
            dx, dy = corners[move] * (1 - share) + corners[move + 1] * share
            after = np.log(moved(picture, dx, dy) + DARK)
            found.append(crossed(before, after, last, threshold, begin, MOVE_US / FRAMES))
            before = after
    events = np.concatenate(found)
    return events[np.lexsort((events[:, 1], events[:, 2], events[:, 0]))]


def crossed(before, after, last, threshold, begin_us, length_us):
    """Events of a straight line from `before` to `after`; moves `last`, the level of each pixel's
    last event, along."""
    steps = np.floor(np.abs(after - last) / threshold + 1e-9).astype(int)
    y, x = np.nonzero(steps)
    many, on = steps[y, x], (after > last)[y, x]
    which = np.repeat(np.arange(len(many)), many)
    number = np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many) + 1
    y, x, on = y[which], x[which], on[which]
    level = last[y, x] + np.where(on, 1, -1) * number * threshold
    share = np.clip((level - before[y, x]) / (after - before)[y, x], 0, 1)
    last += np.sign(after - last) * steps * threshold
    t = np.minimum(np.floor(begin_us + share * length_us), 3 * MOVE_US - 1).astype(np.int64)
    return np.stack([t, x, y, on.astype(np.int64)], 1)


def bs2(events):
    """N-MNIST's five bytes an event: x, y, and 24 bits of polarity and time, big-endian."""
    t, x, y, on = events.T
    word = on << 23 | t
    columns = [x, y, word >> 16, word >> 8 & 255, word & 255]
    return np.stack(columns, 1).astype(np.uint8).tobytes()


def make(digits, seed, index, side=scenes.SIDE):
    """Events, boxes (in pixels of the sensor) and classes of one scene."""
    picture, boxes, classes = scenes.make(digits, seed, index)
    events = record(shrunk(picture, side), saccade(seed, index), phases(seed, index, side))
    return events, boxes * (side / scenes.SIDE), classes


def write(folder, stem, recordings, side, one_class):
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{stem}-{number:02}.bs2" for number in range(len(recordings))]
    for name, (events, _, _) in zip(names, recordings):
        (folder / name).write_bytes(bs2(events))
    kept = [(boxes, classes * (not one_class)) for _, boxes, classes in recordings]
    scenes.write_boxes(folder, names, kept, side, NAMES if one_class else scenes.CLASSES)


def check():
    """What must hold of the camera, on one edge whose events can be counted by hand."""
    # A step of e^2 in intensity at column 8: a logarithm of 2, six thresholds and a rest.
    dark, light = 0.0, np.exp(2) * DARK - DARK
    picture = np.where(np.arange(16) < 8, dark, light)[None].repeat(4, 0)
    corners = np.array([[0, 0], [1, 0], [1, 0], [0, 0]])
    events = record(picture, corners)
    assert events.shape == (4 * 12, 4), events.shape
    assert (events[:, 1] == 8).all(), "the picture moves to the right: column 8 turns dark"
    off, on = events[events[:, 3] == 0], events[events[:, 3] == 1]
    assert len(off) == len(on) == 24
    assert off[:, 0].max() <= MOVE_US and on[:, 0].min() >= 2 * MOVE_US
    # Bilinear: half way, the intensity is in the middle.
    middle = moved(picture, 0.5, 0)[0, 8]
    assert abs(middle - (dark + light) / 2) < 1e-12
    assert np.allclose(moved(picture, 2, -1)[:, 2:], picture[:, :-2], atol=1e-12)
    # Behind a saccade, every pixel is within a threshold of where it was.
    noise = np.random.Generator(np.random.PCG64(3)).uniform(0, 1, (16, 16))
    events = record(noise, saccade(5, 0), phases(5, 0, 16))
    net = np.zeros((16, 16), int)
    np.add.at(net, (events[:, 2], events[:, 1]), events[:, 3] * 2 - 1)
    assert len(events) > 1000 and np.abs(net).max() == 1
    assert (np.diff(events[:, 0]) >= 0).all() and events[-1, 0] < 3 * MOVE_US
    for index in range(8):
        ends = saccade(5, index)
        assert (ends[[0, 3]] == 0).all() and np.hypot(*ends.T).max() <= REACH
    assert bs2(np.array([[0x012345, 7, 9, 1]])) == bytes([7, 9, 0x81, 0x23, 0x45])
    print("events.py: the camera counts as it should")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true", help="check the camera, write nothing")
    arguments.add_argument("--digits", type=Path, help="folder of IDX files, or assets/digits")
    arguments.add_argument("--part", choices=["train", "test"], default="test")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--count", type=int, default=12)
    arguments.add_argument("--side", type=int, default=scenes.SIDE, help="pixels of the sensor")
    arguments.add_argument("--one-class", action="store_true", help="every digit is a `digit`")
    arguments.add_argument("--stem", default="scene", help="start of the file names")
    arguments.add_argument("--out", type=Path)
    a = arguments.parse_args()
    if a.check:
        return check()
    if a.digits is None or a.out is None:
        arguments.error("--digits and --out are needed")
    if a.side > LARGEST + 1:
        arguments.error("--side is at most 256: a recording has a byte for x")
    digits = scenes.Digits(a.digits, a.part)
    recordings = [make(digits, a.seed, index, a.side) for index in range(a.count)]
    write(a.out, a.stem, recordings, a.side, a.one_class)
    events = [len(recording[0]) for recording in recordings]
    print(f"{len(events)} recordings, {sum(events)} events, {min(events)} to {max(events)} each")


if __name__ == "__main__":
    main()
