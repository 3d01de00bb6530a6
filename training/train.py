"""Trains the float network with leaky ReLU."""

import argparse
from pathlib import Path

import network
from scenes import packed

SCENES = 24_000
TEST = 200
# Steps and learning rate. The second cycle starts from the end of the first.
CYCLES = [(5200, 2.5e-3), (4800, 2e-3)]

if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--digits", type=Path, required=True, help="folder of IDX files")
    arguments.add_argument("--work", type=Path, required=True, help="scenes and weights")
    arguments.add_argument("--first-cycle", type=int, default=0, help="1: go on from digits.npz")
    a = arguments.parse_args()
    scenes = packed(a.digits, "train", 0, SCENES, a.work)
    test = packed(a.digits, "test", 1, TEST, a.work)
    path = a.work / "digits.npz"
    keep = lambda params, stats: network.save(path, params, stats)
    params, stats = network.load(path) if a.first_cycle else network.init(0)
    for cycle in range(a.first_cycle, len(CYCLES)):
        steps, rate = CYCLES[cycle]
        params, stats = network.fit(
            params, stats, scenes, test, steps, rate, network.leaky, seed=1 + 10 * cycle, keep=keep
        )
