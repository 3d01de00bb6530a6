"""Figures are those of the command line, to the last bit."""

import numpy as np
import pytest
import spikemesh as sm
from conftest import graph, read, same, shared, spikemesh

TABLES = ["layers", "cores", "links", "steps", "latency", "energy", "packets", "mapping"]


def compared(run: sm.Run, folder, also=()):
    summary = read(folder / "summary.csv")
    assert list(run.summary) == list(summary)
    assert all(same([run.summary[name]], cells) for name, cells in summary.items())
    for name in [*TABLES, *also]:
        cells, table = read(folder / f"{name}.csv"), getattr(run, name)
        assert list(table) == list(cells), name
        different = [key for key in cells if not same(table[key], cells[key])]
        assert not different, (name, different)


@pytest.mark.parametrize("profile", ["loihi1-davies2018", "ideal-45nm", "truenorth"])
def test_a_run_is_that_of_the_command_line(tmp_path, profile):
    network = "digit-256" if profile == "truenorth" else "digits"
    out = tmp_path / "run"
    spikemesh("run", network, "--profile", profile, "--steps", 2, "--record-spikes", "--out", out)
    run = sm.run(network, profile=profile, steps=2, record_spikes=True, progress=False)
    compared(run, out, ["detections" if network == "digits" else "classes"])
    spikes, layers = read(out / "spikes.csv"), run.layers["layer"]
    assert len(spikes["step"]) > 100
    assert same(run.spikes["step"], spikes["step"])
    assert same(run.spikes["neuron"], spikes["neuron"])
    assert same([layers[n] for n in run.spikes["layer"]], spikes["layer"])
    assert same(np.abs(run.spikes["count"]), spikes["count"])


def test_a_real_detector_too(tmp_path):
    model = shared("models/yolo-fastest-1.1-coco/yolo-fastest-1.1.onnx")
    picture = sorted(shared("data/coco-permissive").glob("**/*.jpg"))[0]
    out, options = tmp_path / "run", ["--steps", 1, "--timing", "analytic", "--out"]
    spikemesh("run", model, "--input", picture, *options, out)
    run = sm.run(model, picture, steps=1, timing="analytic", progress=False)
    compared(run, out, ["detections"])
    assert run.heads and all(head.ndim == 3 for head in run.heads.values())


def test_heads_are_those_of_the_archive(tmp_path):
    archive = tmp_path / "heads.npz"
    spikemesh("run", "digits", "--heads", archive, "--out", tmp_path / "run")
    run, read = sm.run("digits", progress=False), np.load(archive)
    for name in run.heads:
        assert (read[f"spiking_{name}"] == run.heads[name]).all()
        assert (read[f"float_{name}"] == run.float_heads[name]).all()
    assert len(read.files) == 2 * len(run.heads) > 0


def test_saved_files_are_those_of_the_command_line(tmp_path):
    spikemesh("run", "digits", "--steps", 4, "--out", tmp_path / "a")
    run = sm.run("digits", steps=4, progress=False)
    assert run.save(tmp_path / "b") == tmp_path / "b"
    names = [sorted(path.name for path in (tmp_path / at).rglob("*")) for at in "ab"]
    assert names[0] == names[1]
    for path in (tmp_path / "a").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
    priced = run.price("ideal-45nm")
    spikemesh("price", tmp_path / "b", "--profile", "ideal-45nm", "--out", tmp_path / "c")
    cells = read_summary(tmp_path / "c")
    assert all(same([priced.summary[name]], cells[name]) for name in cells)
    assert priced.summary["energy_uj"] != run.summary["energy_uj"]


def read_summary(folder):
    return read(folder / "summary.csv")


def test_a_spiking_network_is_that_of_its_file(tmp_path):
    import nir

    path, steps = tmp_path / "network.nir", np.eye(3, dtype=np.uint8).repeat(4, axis=0)
    nir.write(path, graph())
    np.save(tmp_path / "input.npy", steps)
    out = tmp_path / "run"
    line = ["run", path, "--input", tmp_path / "input.npy", "--fidelity", "--out", out]
    spikemesh(*line)
    run = sm.run(graph(), steps, fidelity=True, progress=False)
    compared(run, out, ["fidelity"])
    assert len(run.steps["step"]) > 12 and run.summary["spikes"] > 0


def test_the_command_in_a_manifest_gives_the_same_again(tmp_path):
    sm.run("digits", steps=4, seed=3, split_fan_in=True, progress=False).save(tmp_path / "run")
    manifest = (tmp_path / "run" / "manifest.toml").read_text()
    assert "spikemesh run digits --profile loihi1-davies2018 --steps 4" in manifest
    assert "--seed 3 --split-fan-in" in manifest
