"""docs/tasks.md: every snippet of it runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import spikemesh

PAGE = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text()


def test_snippets_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spikemesh(
        *["run", "digits", "--record-spikes", "--plots", "none", "--timing", "analytic"],
        *["--out", tmp_path / "recorded"],
    )
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for snippet in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(snippet, names)
    layers, steps, spikes = names["layers"], names["steps"], names["spikes"]
    assert {"layer", "energy_uj"} & set(layers.columns) and len(steps) == 18  # type: ignore[attr-defined, arg-type]
    assert list(spikes.columns) == ["step", "layer", "neuron", "count"]  # type: ignore[attr-defined]
    with open("recorded/spikes.csv") as file:
        assert len(spikes) == sum(1 for _ in file) - 1  # type: ignore[arg-type]
