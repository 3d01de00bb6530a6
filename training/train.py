"""Trains the float network with leaky ReLU."""

import argparse
from pathlib import Path

import network
from scenes import packed

SCENES = 24_000
TEST = 200

if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--digits", type=Path, required=True, help="folder of IDX files")
    arguments.add_argument("--work", type=Path, required=True, help="scenes and weights")
    arguments.add_argument("--steps", type=int, default=5200)
    a = arguments.parse_args()
    scenes = packed(a.digits, "train", 0, SCENES, a.work)
    test = packed(a.digits, "test", 1, TEST, a.work)
    keep = lambda params, stats: network.save(a.work / "digits.npz", params, stats)
    params, stats = network.init(0)
    network.fit(params, stats, scenes, test, a.steps, 2.5e-3, network.leaky, seed=1, keep=keep)
