"""NEST 3.10.0 on both networks: iaf_psc_delta without leak, one thread, a delay of one step, spikes recorded."""

import nest
import numpy as np

import networks

STEPS = 200
base = networks.folder()
rows = []
for name in networks.names():
    network = networks.Network(base / name)
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.resolution = 1.0
    nest.local_num_threads = 1
    # No leak to speak of; the bias of a step is a current over the capacitance.
    constant = {"E_L": 0.0, "V_reset": 0.0, "V_th": 64.0, "tau_m": 1e9, "C_m": 1.0, "t_ref": 0.0}
    neurons = nest.Create("iaf_psc_delta", len(network.bias), params=constant)
    neurons.set({"I_e": network.bias, "V_m": network.potential})
    first = neurons[0].global_id
    nest.Connect(
        np.asarray(network.pre) + first,
        np.asarray(network.post) + first,
        "one_to_one",
        {"weight": network.weight, "delay": np.ones(len(network.pre))},
    )
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    nest.Simulate(1.0)
    before = recorder.n_events
    seconds, _ = networks.timed(lambda: nest.Simulate(float(STEPS)))
    rows += networks.rates("NEST", name, network, seconds, recorder.n_events - before, STEPS)
networks.write(base / "nest.csv", rows)
