"""Brian2 2.9.0 on both networks: compiled by cython, one thread, a delay of one step, spikes recorded."""

import brian2 as b2

import networks

STEPS = 200
b2.prefs.codegen.target = "cython"
base = networks.folder()
rows = []
for name in networks.names():
    network = networks.Network(base / name)
    b2.start_scope()
    b2.defaultclock.dt = 1 * b2.ms
    # A step: add the bias, then what arrived, compare; ours does the same.
    group = b2.NeuronGroup(
        len(network.bias), "v : 1\nbias : 1 (constant)", threshold="v > 64", reset="v = 0", method="exact"
    )
    group.bias, group.v = network.bias, network.potential
    group.run_regularly("v = sign(v) * floor(abs(v) * 64) / 64 + bias", when="start")
    synapses = b2.Synapses(group, group, "w : 1", on_pre="v_post += w", delay=1 * b2.ms)
    synapses.connect(i=network.pre, j=network.post)
    synapses.w = network.weight
    monitor = b2.SpikeMonitor(group)
    running = b2.Network(group, synapses, monitor)
    running.run(1 * b2.ms)
    before = monitor.num_spikes
    seconds, _ = networks.timed(lambda: running.run(STEPS * b2.ms))
    rows += networks.rates("Brian2", name, network, seconds, monitor.num_spikes - before, STEPS)
networks.write(base / "brian.csv", rows)
