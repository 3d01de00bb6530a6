"""Networks and inputs in memory."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import spikemesh as sm
from conftest import SMALL, camera, events, graph, shared
from PIL import Image
from spikemesh._inputs import Lent


def scene(seed=0):
    """A picture of the size that `digits` takes."""
    _, height, width = sm.load("digits").shape
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def figures(run):
    return {name: value for name, value in run.summary.items() if name != "image"}


def test_a_picture_is_the_same_in_every_form(tmp_path):
    picture = scene()
    Image.fromarray(picture).save(tmp_path / "input.png")
    forms = [
        tmp_path / "input.png",
        str(tmp_path / "input.png"),
        picture,
        np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]),
        Image.fromarray(picture),
    ]
    runs = [sm.run("digits", form, steps=2, timing="analytic", progress=False) for form in forms]
    assert all(run.summary["image"] == "input" for run in runs)
    assert all(run.summary == runs[0].summary for run in runs)
    assert figures(runs[0]) != figures(
        sm.run("digits", steps=2, timing="analytic", progress=False)
    )


def test_floats_are_the_input_as_they_are():
    network = sm.load("digits")
    values = np.random.default_rng(0).random(network.shape, dtype=np.float32)
    one = sm.run(network, values, steps=2, timing="analytic", progress=False)
    wide = sm.run(network, values.astype(np.float64), steps=2, timing="analytic", progress=False)
    last = sm.run(network, values[None, :, :, :], steps=2, timing="analytic", progress=False)
    assert figures(one) == figures(wide) == figures(last)


def test_a_list_is_a_row_each():
    run = sm.run("digits", [scene(1), scene(2)], steps=2, timing="analytic", progress=False)
    assert len(run) == 2 and run.inputs == ["input-000", "input-001"]
    assert [one.summary["image"] for one in run] == run.inputs
    assert len(run.summaries["energy_uj"]) == 2
    assert run["input-001"].summary == run[1].summary == run[-1].summary != run[0].summary
    with pytest.raises(sm.UsageError, match="2 inputs; take one of them, such as run\\[0\\]"):
        run.summary
    named = sm.run("digits", {"left": scene(1)}, steps=2, timing="analytic", progress=False)
    assert named.inputs == ["left"] and figures(named) == figures(run[0])


def test_inputs_are_found_by_the_key_of_the_caller():
    run = sm.run("digits", {"001": scene(1), "b": scene(2), "b.png": scene(3)}, **SMALL)
    assert run.inputs == ["001.png", "b", "b.png"]
    for n, key in enumerate(["001", "b", "b.png"]):
        assert run[key].inputs == run[n].inputs == run[n][key].inputs == run.inputs[n : n + 1]
    assert run["001.png"].summary == run.price("loihi1-davies2018")["001"].summary
    with pytest.raises(sm.UsageError, match="no input `001`; there are: b"):
        run[1]["001"]
    spikes = sm.run(graph(), {"1": np.eye(3), "true": np.eye(3)}, progress=False)
    assert spikes["1"].inputs == ["1.npy"] and spikes["true"].inputs == ["true.npy"]


def test_links_go_by_their_own_ending(tmp_path):
    Image.fromarray(scene()).save(tmp_path / "blob", "png")
    (tmp_path / "a.png").symlink_to("blob")
    alone = sm.run("digits", tmp_path / "a.png", **SMALL)
    assert figures(sm.run("digits", [tmp_path / "a.png"], **SMALL)) == figures(alone)


def test_long_lists_keep_their_order():
    lent = Lent((1, 2, 2))
    folder = Path(lent.path([np.full((2, 2), n % 256, np.uint8) for n in range(1003)], "input"))
    files = sorted(folder.iterdir())
    assert [np.asarray(Image.open(file))[0, 0] for file in files] == [n % 256 for n in range(1003)]


def test_pictures_of_16_bits_are_those_of_their_files(tmp_path):
    values = np.linspace(0, 65535, 96 * 128).reshape(96, 128).astype(np.uint16)
    deep = Image.fromarray(values)
    deep.save(tmp_path / "input.png")
    options = {"steps": 2, "timing": "analytic", "progress": False}
    file = sm.run("digits", tmp_path / "input.png", **options)
    for picture in (Image.open(tmp_path / "input.png"), Image.fromarray(values.astype(np.int32))):
        assert figures(sm.run("digits", picture, **options)) == figures(file)
    for wrong in (Image.fromarray(np.ones((28, 28), np.float32)), Image.new("I", (28, 28), 70000)):
        with pytest.raises(sm.UsageError, match="picture of"):
            sm.run("digits", wrong, **options)


@pytest.mark.parametrize("turn", [3, 6, 8])
def test_pictures_stand_as_those_of_their_files(tmp_path, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.fromarray(scene()).save(tmp_path / "input.png", exif=exif)
    file = sm.run("digits", tmp_path / "input.png", **SMALL)
    assert sm.run("digits", Image.open(tmp_path / "input.png"), **SMALL).summary == file.summary
    assert figures(file) != figures(sm.run("digits", scene(), **SMALL))


def test_columns_of_tables_go_by_their_names():
    columns = {name: events()[name] for name in "pyxt"}
    expected = sm.run(camera(), events(), progress=False).summary
    others = {"t_us": columns.pop("t"), "polarity": columns.pop("p"), "of": ["a"] * 40, **columns}
    plain = {name: events()[name] for name in "pyxt"}
    for table in (pd.DataFrame(plain), pl.DataFrame(plain), pd.DataFrame(others).convert_dtypes()):
        assert sm.run(camera(), table, progress=False).summary == expected
    for table in (
        pd.DataFrame(plain).drop(columns="p"),
        pl.DataFrame(plain).rename({"x": "column"}),
        pd.DataFrame({**plain, "on": plain["p"]}),
        pd.DataFrame(np.zeros((3, 4))),
    ):
        with pytest.raises(sm.UsageError, match="columns name t, x, y and p, each once"):
            sm.run(camera(), table, progress=False)
    with pytest.raises(sm.UsageError, match="column `x` of the table"):
        sm.run(camera(), pd.DataFrame({**plain, "x": "a"}), progress=False)


def test_masked_cells_are_no_values():
    hidden = np.ma.masked_array(events())
    assert sm.run(camera(), hidden, progress=False).summary["spikes"] > 0
    hidden.mask[3] = (False, False, False, True)
    bright = np.ma.masked_greater(scene(), 250)
    for network, masked in [(camera(), hidden), ("digits", bright), ("digits", [bright])]:
        with pytest.raises(sm.UsageError, match="masked cells"):
            sm.run(network, masked, progress=False)


def test_events_enter_as_they_are(tmp_path):
    np.save(tmp_path / "input.npy", events())
    there = sm.run(camera(), events(), progress=False)
    file = sm.run(camera(), tmp_path / "input.npy", progress=False)
    assert there.summary == file.summary and there.summary["spikes"] > 0
    assert there.summary["T"] == 40
    plain = np.array([list(row) for row in events().tolist()], dtype=np.int64)
    assert sm.run(camera(), plain, progress=False).summary == there.summary


def test_spikes_by_step_enter_a_network_without_places():
    steps = np.eye(3)[[0, 1, 2, 0]]
    runs = [sm.run(graph(), steps.astype(kind), progress=False) for kind in (np.uint8, np.float32)]
    assert runs[0].summary == runs[1].summary and runs[0].summary["T"] == 4


def test_networks_say_what_they_are():
    network = sm.load("digits")
    assert (network.name, network.kind, network.path) == ("digits", "trained", "digits")
    assert network.shape[0] == 3 and len(network.sha256) == 64 and sm.load(network) is network
    spiking = sm.load(graph(), name="mine")
    assert (spiking.name, spiking.kind, spiking.shape) == ("mine", "spiking", (3, 1, 1))
    assert "mine" in repr(spiking)


def test_networks_go_to_other_processes():
    spikes = np.eye(3)[[0, 1, 2, 0]]
    for network, given in [(sm.load("digits"), scene()), (sm.load(graph(), dt=1e-3), spikes)]:
        again = pickle.loads(pickle.dumps(network))
        assert again.sha256 == network.sha256 and again.name == network.name
        options = {"steps": 2, "timing": "analytic", "progress": False}
        assert sm.run(again, given, **options).summary == sm.run(network, given, **options).summary


def test_a_network_of_onnx_in_memory_is_one():
    class Model:
        graph = None

        def SerializeToString(self):
            return shared("field/grey-28.onnx").read_bytes()

    network = sm.load(Model(), name="mine")
    assert (network.name, network.kind, network.shape) == ("mine", "trained", (1, 28, 28))


def test_a_folder_of_neurons_is_a_network(tmp_path):
    (tmp_path / "neurons.csv").write_text("id,model\n0,input\n1,lif\n")
    (tmp_path / "synapses.csv").write_text("pre,post,weight\n0,1,2\n")
    (tmp_path / "inputs.csv").write_text("step,neuron\n1,0\n")
    network = sm.load(tmp_path)
    assert network.kind == "neurons" and network.shape is None
    run = sm.run(network, steps=4, record_spikes=True, progress=False)
    assert set(run.spikes["layer"]) == {-1} and run.mapping is None


def test_a_converted_network_is_one(tmp_path):
    converted = sm.convert("digits", limit=1, progress=False)
    assert converted.kind == "converted" and "conversion" in converted.report.tables
    path = converted.save(tmp_path / "digits.spikemesh")
    inside = shared_scene(tmp_path)
    runs = [
        sm.run(net, inside, steps=2, timing="analytic", progress=False)
        for net in (converted, path)
    ]
    assert runs[0].summary == runs[1].summary
    with pytest.raises(sm.ConversionError, match="E0612"):
        converted.save(path)


def shared_scene(folder):
    path = folder / "scene.png"
    Image.fromarray(scene()).save(path)
    return path


def test_darknet_comes_in(tmp_path):
    folder = shared("models/yolo-fastest-1.1-coco")
    config = sorted(folder.glob("*.cfg"))
    if not config:
        pytest.skip("no .cfg")
    assert sm.load(config[0]).kind == "trained"
