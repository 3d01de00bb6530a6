"""SANA-FE 2.2.9 on the network of 16,384 neurons: its time, and whether its counts and energies are ours."""

import sanafe

import networks

STEPS = {"simple": 20, "detailed": 4}

base = networks.folder()
network, ours = networks.Network(base / "16k_x_100"), networks.ours(base / "16k_x_100")


def chip():
    arch = sanafe.load_loihi()
    cores = arch.cores()
    net = sanafe.Network()
    group = net.create_neuron_group("neurons", len(network.bias))
    neurons = group.neurons
    for i, core in enumerate(network.core):
        neurons[i].set_attributes(
            soma_hw_name="loihi_lif",
            default_synapse_hw_name="loihi_dense_synapse",
            model_attributes={
                "threshold": network.threshold[i],
                "bias": network.bias[i],
                "potential": network.potential[i],
                "reset": 0.0,
                "leak_decay": 1.0,
            },
        )
        neurons[i].map_to_core(cores[core])
    pairs = list(zip(network.pre.tolist(), network.post.tolist()))
    group.connect_neurons_sparse(group, {"weight": network.weight.tolist()}, pairs)
    chip = sanafe.SpikingChip(arch)
    chip.load(net)
    return chip


rows = []
for model, steps in STEPS.items():
    # Built anew: a reset loses the parameters of the neurons.
    build, machine = networks.timed(chip)
    rows.append((f"SANA-FE {model}: build (s)", build))
    run = lambda: machine.sim(steps, timing_model=model, processing_threads=1, perf_trace=True)
    seconds, result = networks.timed(run)
    trace = result["perf_trace"]
    rows.append((f"SANA-FE {model}: step (s)", seconds / steps))
    rows.append((f"SANA-FE {model}: synaptic operations/s", sum(trace["spikes"]) / seconds))
    rows.append((f"SANA-FE {model}: simulated time of {steps} steps (s)", result["sim_time"]))
    for theirs, name in (("fired", "spikes"), ("hops", "hops"), ("spikes", "synaptic_operations")):
        equal = [int(row[name]) for row in ours[:steps]] == list(trace[theirs])
        rows.append((f"SANA-FE {model}: {name} of {steps} steps equal", equal))
    rows.append((f"SANA-FE {model}: packets equal", result["packets_sent"] == sum(int(r["packets"]) for r in ours[:steps])))
    pairs = [(float(row["energy_pj"]) * 1e-12, theirs) for row, theirs in zip(ours, trace["total_energy"])]
    rows.append((f"SANA-FE {model}: largest relative difference of a step's energy", max(abs(a - b) / b for a, b in pairs)))
    if model == "simple":
        pairs = [(float(row["analytic_ps"]) * 1e-12, theirs) for row, theirs in zip(ours, trace["sim_time"])]
        rows.append(("SANA-FE simple: largest relative difference of a step's time", max(abs(a - b) / b for a, b in pairs)))
networks.write(base / "sana_fe.csv", rows)
