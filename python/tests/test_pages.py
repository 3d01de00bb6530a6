"""Snippets of README.md, python/README.md and docs/: each runs, in the order of its page."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, NamedTuple

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from conftest import spikemesh

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"


class Snippet(NamedTuple):
    text: str
    runs: bool


def snippets(page: str) -> list[Snippet]:
    """Blocks of Python; those with `no_run` are at least well written."""
    found = re.findall(r"^```python( no_run)?\n(.*?)^```", (ROOT / page).read_text(), re.M | re.S)
    return [Snippet(text, not mark) for mark, text in found]


def pages() -> list[str]:
    """Those with snippets."""
    files = [ROOT / "README.md", ROOT / "python" / "README.md", *sorted(ROOT.glob("docs/*.md"))]
    names = [str(file.relative_to(ROOT)) for file in files]
    return [name for name in names if snippets(name)]


def stand_in(name: str, **members: object) -> ModuleType:
    """A package that is not installed here, with what a page takes from it."""
    module = ModuleType(name)
    module.__dict__.update(members)
    return module


class Client:
    def __init__(self, n_workers: int, threads_per_worker: int) -> None:
        self.workers = n_workers * threads_per_worker

    def get_executor(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.workers)


class LocalExecutor(ThreadPoolExecutor):
    def __init__(self, folder: str) -> None:
        super().__init__(2)

    def update_parameters(self, timeout_min: int) -> None:
        pass


def clusters(patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Executors of others are threads here."""
    for module in (
        stand_in("dask"),
        stand_in("dask.distributed", Client=Client),
        stand_in("mpi4py"),
        stand_in("mpi4py.futures", MPIPoolExecutor=ThreadPoolExecutor),
        stand_in("submitit", LocalExecutor=LocalExecutor),
    ):
        patch.setitem(sys.modules, module.__name__, module)
    return {}


def events(_: pytest.MonkeyPatch) -> dict[str, Any]:
    return {"np": np, "a": np.array([[1, 2, 30, 1], [3, 4, 50, 0]])}


def files(_: pytest.MonkeyPatch) -> dict[str, Any]:
    """A network, a photograph and a chip by the names that the page has for them."""
    network = (ASSETS / "networks" / "digits.onnx").read_bytes()
    Path("yolo-fastest-1.1.onnx").write_bytes(network)
    Image.open(ASSETS / "scenes" / "scene-00.png").convert("RGB").save("photograph.jpg")
    Path("my.toml").write_text('inherits = "loihi2"\n')
    return {}


def recorded(_: pytest.MonkeyPatch) -> dict[str, Any]:
    quick = ["--plots", "none", "--timing", "analytic", "--steps", "1"]
    spikemesh("run", "digits", "--record-spikes", *quick, "--out", "recorded")
    return {}


def nothing(_: pytest.MonkeyPatch) -> dict[str, Any]:
    return {}


# What each page needs in the folder that it runs in, or has as names before its first line.
PREPARED: dict[str, Callable[[pytest.MonkeyPatch], dict[str, Any]]] = {
    "docs/clusters.md": clusters,
    "docs/events.md": events,
    "docs/guide.md": nothing,
    "docs/python.md": files,
    "docs/tasks.md": recorded,
    "docs/tutorial-nir.md": nothing,
    "python/README.md": nothing,
}

# Packets one by one and many trials take most of the time, and are tested elsewhere.
ANALYTIC = r'\1, timing="analytic"'
QUICK = [
    (r'(sm\.(?:compare|convert)\()"digits"', r'\1"digit-256"'),
    (r'(sm\.(?:run|tune)\("digits")(?!.*timing)', ANALYTIC),
    (r'("photograph.jpg")', ANALYTIC),
    (r"(limit)=2", r'\1=1, timing="analytic"'),
    (r"checkpoints=\[4, 8\]", "checkpoints=[1, 2]"),
    (r"budget=10, steps=16", "budget=1, steps=1, pictures=1, judge=1"),
    (r'network="digits"', 'network="digit-256"'),
]


def run(page: str, folder: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Runs a page; gives the names that it has at its end."""
    patch.chdir(folder)
    names = {"__name__": "__main__", **PREPARED[page](patch)}
    for text, runs in snippets(page):
        for slow, quick in QUICK:
            text = re.sub(slow, quick, text)
        code = compile(text, page, "exec")
        if runs:
            exec(code, names)
    return names


def test_every_page_is_known() -> None:
    assert set(pages()) == set(PREPARED)


@pytest.mark.parametrize("page", [page for page in PREPARED if page != "docs/tasks.md"])
def test_snippets_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(page, tmp_path, monkeypatch)


def test_tasks_give_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = run("docs/tasks.md", tmp_path, monkeypatch)
    layers, steps, spikes = (names[name] for name in ("layers", "steps", "spikes"))
    assert all(isinstance(frame, pd.DataFrame) for frame in (layers, steps, spikes))
    assert "layer" in layers.columns and len(steps) == 18
    assert list(spikes.columns) == ["step", "layer", "neuron", "count"]
    with open("recorded/spikes.csv") as file:
        assert len(spikes) == sum(1 for _ in file) - 1
