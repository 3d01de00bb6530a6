"""The commands that leave a report."""

import pytest
import spikemesh as sm
from conftest import read, same, spikemesh


def test_evaluate(tmp_path):
    options = dict(recipes=["paper", "best"], checkpoints=[2, 4], limit=2)
    report = sm.evaluate("digits", profile="loihi2", progress=False, **options)
    spikemesh(
        "eval",
        "digits",
        "--profile",
        "loihi2",
        "--recipe",
        "paper,best",
        "--checkpoints",
        "2,4",
        "--limit",
        2,
        "--out",
        tmp_path / "eval",
    )
    cells = read(tmp_path / "eval" / "accuracy.csv")
    assert list(report.rows) == list(cells)
    assert all(same(report.rows[name], cells[name]) for name in cells)
    assert "accuracy" in repr(report) and "<table>" in report._repr_html_()
    saved = report.save(tmp_path / "saved")
    assert (saved / "accuracy.csv").read_bytes() == (
        tmp_path / "eval" / "accuracy.csv"
    ).read_bytes()
    with pytest.raises(sm.ReportError, match="E1101"):
        report.save(tmp_path / "saved")
    with pytest.raises(sm.UsageError, match="accuracy"):
        report["nothing"]


def test_compare():
    chips = ["loihi1-davies2018", "ideal-45nm"]
    report = sm.compare("digits", profiles=chips, baselines=["titan-x"], steps=2, progress=False)
    assert {"loihi1-davies2018", "ideal-45nm", "titan-x"} <= set(report.rows["system"])
    assert set(report.tables) >= {"compare", "measures"}
    changed = sm.Profile("ideal-45nm").with_(title="x")
    with pytest.raises(sm.UsageError, match="cannot stand in a list"):
        sm.compare("digits", profiles=["loihi2", changed])
    alone = sm.compare("digits", profiles=changed, baselines="titan-x", steps=2, progress=False)
    assert any("(changed)" in system for system in alone.rows["system"])


def test_tune():
    options = dict(steps=4, search="random", tolerance=1, pictures=1, judge=1)
    report = sm.tune("digits", budget=2, progress=False, **options)
    assert len(report.rows) > 3 and "trials" in report.tables


def test_convert_says_what_layers_lose():
    converted = sm.convert("digits", recipe="paper", steps=2, limit=1, progress=False)
    assert "layer" in converted.report.rows
    with pytest.raises(sm.ConversionError, match="E0613"):
        converted.save("digits.bin")
