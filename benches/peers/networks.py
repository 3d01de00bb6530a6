"""The networks that `cargo bench --bench sparse -- --export FOLDER` wrote, as arrays, and what every script shares."""

import csv
import pathlib
import sys
import time

import numpy as np


def folder():
    """The folder named on the command line."""
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER [NETWORK ...] (of cargo bench --bench sparse -- --export FOLDER)")
    return pathlib.Path(sys.argv[1])


def names():
    """The networks named there, or both."""
    return sys.argv[2:] or ["10k_x_1000", "16k_x_100"]


class Network:
    """Threshold, bias, potential and core by neuron; pre, post and weight by synapse."""

    def __init__(self, path):
        with open(path / "neurons.csv") as file:
            rows = list(csv.DictReader(file))
        column = lambda name: np.array([float(row[name]) for row in rows])
        self.threshold, self.bias, self.potential = column("threshold"), column("bias"), column("potential")
        self.core = (4 * column("tile") + column("core_in_tile")).astype(int)
        synapses = np.loadtxt(path / "synapses.csv", delimiter=",", skiprows=1)
        self.pre, self.post = synapses[:, 0].astype(int), synapses[:, 1].astype(int)
        self.weight = synapses[:, 2]


def ours(path):
    """Our counts, step by step."""
    with open(path / "ours.csv") as file:
        return list(csv.DictReader(file))


def timed(run):
    """Processor seconds of `run`, all threads together, and what it gives."""
    start = time.process_time()
    result = run()
    return time.process_time() - start, result


def rates(peer, name, network, seconds, spikes, steps):
    """Rows of a peer that computes spikes alone: `spikes` in `steps` steps took it `seconds`."""
    neurons = len(network.bias)
    return [
        (f"{peer} {name}: step (s)", seconds / steps),
        (f"{peer} {name}: neurons firing in a step (%)", 100 * spikes / steps / neurons),
        (f"{peer} {name}: synaptic operations/s", spikes * len(network.pre) / neurons / seconds),
    ]


def write(path, rows):
    """Rows of quantity and value."""
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["quantity", "value"])
        writer.writerows(rows)
    for quantity, value in rows:
        print(f"{quantity:60} {value}")
