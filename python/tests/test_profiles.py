"""Chips, and changes to them."""

import pickle

import pytest
import spikemesh as sm
from conftest import spikemesh


def summary(profile):
    run = sm.run("digits", profile=profile, steps=2, timing="analytic", progress=False)
    return run.summary


def test_all_are_listed():
    names = [profile["name"] for profile in sm.profiles()]
    assert len(names) > 20 and "loihi2" in names
    assert all(profile["trust"] and profile["title"] for profile in sm.profiles())


def test_a_change_is_that_of_the_command_line(tmp_path):
    plain = sm.Profile("loihi1-davies2018")
    changed = plain.with_(static_mw_per_chip=50)
    assert changed.changes == ("costs.static_mw_per_chip=50",) and plain.changes == ()
    assert changed.name == "loihi1-davies2018 (changed)"
    same = [
        plain.with_({"costs.static_mw_per_chip": 50}),
        pickle.loads(pickle.dumps(changed)),
    ]
    figures = summary(changed)
    assert figures["profile_changes"] == "costs.static_mw_per_chip=50"
    assert all(summary(profile) == figures for profile in same)
    assert summary(plain)["energy_static_uj"] != figures["energy_static_uj"]
    line = spikemesh(
        "run",
        "digits",
        "--steps",
        2,
        "--timing",
        "analytic",
        "--out",
        tmp_path / "run",
        "--set",
        "costs.static_mw_per_chip=50",
    )
    assert line.returncode == 0
    text = (tmp_path / "run" / "summary.csv").read_text().splitlines()[1]
    assert repr(figures["energy_static_uj"]).rstrip("0").rstrip(".") in text


@pytest.mark.parametrize(
    "key, value, text",
    [
        ("signed_spikes", "native", 'capabilities.signed_spikes="native"'),
        ("mesh", [8, 8], "topology.mesh=[8, 8]"),
        ("fan_in", 512, "limits.fan_in=512"),
        ("title", 'a "b"', 'title="a \\"b\\""'),
    ],
)
def test_values_are_those_of_toml(key, value, text):
    assert sm.Profile("loihi2").with_(**{key: value}).changes == (text,)


def test_a_profile_from_a_text():
    text = 'inherits = "loihi2"\ntitle = "mine"\n[costs]\nstatic_mw_per_chip = 50.0\n'
    mine = sm.Profile.from_toml(text, "mine")
    assert (mine.name, mine.title) == ("mine", "mine")
    again = pickle.loads(pickle.dumps(mine.with_(fan_in=512)))
    assert again.changes == ("limits.fan_in=512",)
    assert summary(mine)["profile"] == "mine"
    assert sm.Profile.from_toml(sm.Profile("loihi2").toml).title == sm.Profile("loihi2").title
    assert "static power per chip" in str(mine) and "mine" in repr(mine)
