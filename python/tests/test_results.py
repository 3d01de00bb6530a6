"""What a run gives, in the packages that people use."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import spikemesh as sm


@pytest.fixture(scope="module")
def run():
    return sm.run("digits", steps=4, record_spikes=True, progress=False)


@pytest.mark.parametrize(
    "name",
    "layers cores links steps latency energy packets mapping spikes assumptions".split(),
)
def test_tables_are_frames(run, name):
    table = getattr(run, name)
    panda, polar = pd.DataFrame(table), pl.DataFrame(table)
    assert list(panda.columns) == list(table) == polar.columns
    assert len(panda) == len(polar) > 1
    for column, values in table.items():
        if isinstance(values, np.ndarray):
            assert panda[column].dtype == values.dtype


def test_columns_are_of_their_kind(run):
    assert run.layers["spikes"].dtype == np.int64
    assert run.layers["energy_dynamic_uj"].dtype == np.float64
    assert run.links["between_chips"].dtype == bool
    assert isinstance(run.layers["layer"], list)
    assert isinstance(run.summary["energy_uj"], float) and isinstance(run.summary["spikes"], int)


def test_sums_agree(run):
    assert run.layers["spikes"].sum() == run.summary["spikes"] == np.abs(run.spikes["count"]).sum()
    dynamic = run.layers["energy_dynamic_uj"].sum()
    assert dynamic == pytest.approx(run.summary["energy_dynamic_uj"])
    for n, layer in enumerate(run.layers["layer"]):
        heat = run.heat(layer)
        assert heat.shape == (run.layers["height"][n], run.layers["width"][n])
        assert heat.sum() == run.layers["spikes"][n]


def test_spikes_are_views_that_outlive_the_run():
    run = sm.run("digits", steps=2, timing="analytic", record_spikes=True, progress=False)
    step = run.spikes["step"]
    assert step.base is not None and not step.flags.writeable and not step.flags.owndata
    again = run.spikes["step"]
    assert step.__array_interface__["data"] == again.__array_interface__["data"]
    expected = step.copy()
    del run, again
    assert (step == expected).all()


def test_people_see_tables(run):
    html = run._repr_html_()
    assert "digits" in html and "mJ" in html and html.count("<div") == html.count("</div")
    energy = f"{run.glance['energy_mj']['nominal']:.4g}"
    assert f"<strong>{energy}</strong> <span>mJ</span>" in html
    assert "where the energy goes" in str(run)
    assert repr(run) == "<Run of digits on loihi1-davies2018: scene-00>"
    assert run.glance["energy_mj"]["nominal"] == pytest.approx(run.summary["energy_uj"] / 1e3)


def test_boxes(run):
    boxes = pd.DataFrame(run.detections)
    assert set(boxes["system"]) == {"float", "spiking"} and boxes["score"].between(0, 1).all()
