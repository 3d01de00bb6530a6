"""What Python's nir reads of a network and of spikes that spikemesh wrote.

usage: check.py NETWORK.nir SPIKES.nir RUN: RUN is the folder of the run that recorded the spikes.
"""

import csv
import os
import sys
from collections import Counter

import nir
import numpy as np


def network(path):
    """Types are checked while it is read; weights are whole steps, thresholds just below units."""
    graph = nir.read(path)
    assert graph.metadata["dt"] == 1e-3, graph.metadata
    assert graph.metadata["reset"] == "subtract", graph.metadata
    neurons = {name: node for name, node in graph.nodes.items() if isinstance(node, nir.IF)}
    assert len(neurons) >= 2, graph.nodes
    checked = 0
    for name, node in neurons.items():
        exact, below = node.metadata["fires_at"], node.v_threshold
        assert exact.shape == below.shape == tuple(node.output_type["output"])
        assert (below < exact).all() and (below > 0.99 * exact).all(), name
        step = np.asarray(node.metadata["weight_step"])
        assert len(step) == exact.shape[0], name
        for source, target in graph.edges:
            before = graph.nodes[source]
            first = any(type(graph.nodes[a]) is nir.Input for a, b in graph.edges if b == source)
            if target == name and isinstance(before, (nir.Conv2d, nir.Affine)) and not first:
                steps = before.weight / step.reshape(-1, *[1] * (before.weight.ndim - 1))
                assert np.abs(steps - steps.round()).max() < 0.01, source
                assert np.abs(steps).max() > 1, source
                checked += 1
    assert checked > 0, graph.edges
    return graph


def spikes(path, folder, graph):
    """As many as the table of the same run has, layer by layer and step by step."""
    data = nir.read_data(path)
    table = Counter()
    with open(f"{folder}/spikes.csv", newline="") as file:
        for row in csv.DictReader(file):
            table["".join(c if c.isalnum() else "_" for c in row["layer"])] += int(row["count"])
    assert table, "the run recorded nothing"
    for name, node in data.nodes.items():
        assert name in graph.nodes, name
        events = node.observables["spikes"]
        size = int(np.prod(graph.nodes[name].output_type["output"]))
        assert events.n_neurons == size, (name, events.n_neurons, size)
        assert events.idx.size == 0 or 0 <= events.idx.min() <= events.idx.max() < size, name
        gridded = events.to_time_gridded(1e-3).data
        assert gridded.sum() == events.idx.size == table.pop(name, 0), name
    assert not table, table


def potentials(path, folder):
    """Those of membranes.csv, in the order of NIR; a run without probes has neither."""
    data = nir.read_data(path)
    table = {}
    if os.path.exists(f"{folder}/membranes.csv"):
        with open(f"{folder}/membranes.csv", newline="") as file:
            for row in csv.DictReader(file):
                layer = "".join(c if c.isalnum() else "_" for c in row["layer"])
                value = float(row["value"] or row["potential"])
                table.setdefault(layer, []).append((int(row["step"]), value))
    for name, node in data.nodes.items():
        events = node.observables.get("v")
        assert (events is None) == (name not in table), name
        if events is None:
            continue
        assert isinstance(events, nir.ValuedEventData), name
        assert 0 <= events.idx.min() <= events.idx.max() < events.n_neurons, name
        steps = np.floor(events.time[0] / 1e-3).astype(int) + 1
        assert sorted(zip(steps.tolist(), events.value[0].tolist())) == sorted(table[name]), name


def main():
    exported, recorded, folder = sys.argv[1:]
    graph = network(exported)
    spikes(recorded, folder, graph)
    potentials(recorded, folder)
    print("nir", nir.version, "reads the network and its spikes")


main()
