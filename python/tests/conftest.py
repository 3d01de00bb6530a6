"""What tests share: the console script, and models that lie beside the repository."""

from __future__ import annotations

import csv
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest

# What a run takes where its figures are no matter.
SMALL: dict[str, Any] = {"steps": 1, "timing": "analytic", "progress": False}
SHARED = Path(__file__).parents[3] / "shared"


def shared(path: str) -> Path:
    """A file beside the repository; without it the test is skipped."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"no {found}")
    return found


def spikemesh(*words: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """The command line that came with the package."""
    script = Path(sys.executable).parent / "spikemesh"
    line = [str(script), *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, check=check)


def read(path: Path) -> dict[str, list[str]]:
    """The cells of a CSV file by column."""
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    return {name: [row[n] for row in rows[1:]] for n, name in enumerate(rows[0])}


def same(column: object, cells: list[str]) -> bool:
    """Whether a column holds, bit for bit, what the cells are read as."""
    values = list(column)
    if len(values) != len(cells):
        return False
    return all(_same(value, cell) for value, cell in zip(values, cells))


def _same(value: object, cell: str) -> bool:
    if cell == "":
        return value in (None, "") or math.isnan(value)
    if isinstance(value, str):
        return value == cell
    if isinstance(value, (bool, np.bool_)):
        return cell == ("true" if value else "false")
    return float(value) == float(cell)


def graph() -> nir.NIRGraph:
    """Three inputs, five leaky neurons, two outputs."""
    weights = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    out = np.random.default_rng(2).normal(size=(2, 5)).astype(np.float32)

    def lif(n: int) -> nir.LIF:
        full = lambda value: np.full(n, value, dtype=np.float32)  # noqa: E731
        return nir.LIF(tau=full(2e-2), r=full(1.0), v_leak=full(0.0), v_threshold=full(0.02))

    nodes = {
        "input": nir.Input({"input": np.array([3])}),
        "fc1": nir.Linear(weights),
        "lif1": lif(5),
        "fc2": nir.Linear(out),
        "lif2": lif(2),
        "output": nir.Output({"output": np.array([2])}),
    }
    names = list(nodes)
    return nir.NIRGraph(nodes, list(zip(names, names[1:])))


def camera() -> nir.NIRGraph:
    """A camera of two polarities and 8 x 8 pixels, a convolution, two outputs."""
    kernel = np.ones((2, 2, 3, 3), dtype=np.float32)
    nodes = {
        "input": nir.Input({"input": np.array([2, 8, 8])}),
        "conv": nir.Conv2d((8, 8), kernel, 1, 1, 1, 1, np.zeros(2, dtype=np.float32)),
        "fire": nir.IF(np.ones((2, 8, 8), dtype=np.float32), np.ones((2, 8, 8), dtype=np.float32)),
        "output": nir.Output({"output": np.array([2, 8, 8])}),
    }
    names = list(nodes)
    return nir.NIRGraph(nodes, list(zip(names, names[1:])))


def events() -> np.ndarray:
    """Events of that camera, as most packages have them."""
    kinds = [("t", "<i8"), ("x", "<i2"), ("y", "<i2"), ("p", "?")]
    rows = [(1000 * n, n % 8, (3 * n) % 8, n % 2 == 0) for n in range(40)]
    return np.array(rows, dtype=kinds)
