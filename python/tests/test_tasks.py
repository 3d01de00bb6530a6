"""docs/tasks.md: every snippet of it runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from conftest import spikemesh

PAGE = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text()


def test_snippets_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spikemesh(
        *["run", "digits", "--record-spikes", "--plots", "none", "--timing", "analytic"],
        *["--out", tmp_path / "recorded"],
    )
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for snippet in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(snippet, names)
    frames = [names[name] for name in ("layers", "steps", "spikes")]
    assert all(isinstance(frame, pd.DataFrame) for frame in frames)
    layers, steps, spikes = frames
    assert "layer" in layers.columns and len(steps) == 18
    assert list(spikes.columns) == ["step", "layer", "neuron", "count"]
    with open("recorded/spikes.csv") as file:
        assert len(spikes) == sum(1 for _ in file) - 1
