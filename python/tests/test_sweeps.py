"""Sweeps: the same bytes by every executor, and rows where points fail."""

from __future__ import annotations

import concurrent.futures as cf
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import spikemesh as sm
from conftest import spikemesh

POINTS = [
    *sm.grid(
        network="digit-256",
        timing="analytic",
        steps=1,
        profile=["loihi1-davies2018", "spinnaker1"],
        recipe=["best", "best,burst=15/4"],
    ),
    {"network": "digit-256", "profile": "loihi9"},
]


def bytes_of(folder: Path) -> dict[str, bytes]:
    # The command line writes a page beside, which names that command.
    named = (path for path in folder.rglob("*") if path.name != "report.html")
    paths = sorted(path for path in named if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_executors_and_the_command_line_write_the_same(tmp_path: Path) -> None:
    done = sm.sweep(POINTS, out=tmp_path / "threads", progress=False)
    assert (done.failed, done.missing, len(done.table["id"])) == (1, 0, 5)
    assert done.table["status"][-1] == "failed" and done.table["code"][-1] == "E0101"
    with cf.ProcessPoolExecutor(2) as pool:
        sm.sweep(POINTS, pool, tmp_path / "processes", progress=False)
    expected = bytes_of(tmp_path / "threads")
    assert bytes_of(tmp_path / "processes") == expected
    spec = ["all = { network = 'digit-256', timing = 'analytic', steps = 1 }", "[grid]"]
    spec += ["profile = ['loihi1-davies2018', 'spinnaker1']"]
    spec += ["recipe = ['best', 'best,burst=15/4']"]
    (tmp_path / "spec.toml").write_text("\n".join(spec))
    sm.sweep(POINTS[:4], out=tmp_path / "four", progress=False)
    spikemesh("sweep", tmp_path / "spec.toml", "--out", tmp_path / "shards", "--shard", "0/2")
    spikemesh("sweep", tmp_path / "spec.toml", "--out", tmp_path / "shards", "--shard", "1/2")
    assert bytes_of(tmp_path / "shards") == bytes_of(tmp_path / "four")


def test_a_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    closed = cf.ThreadPoolExecutor(1)
    closed.shutdown()
    with pytest.raises(sm.SweepError, match="4 points have no result"):
        sm.sweep(POINTS[:4], closed, tmp_path / "a", progress=False)
    sm.sweep(POINTS[:4], out=tmp_path / "b", progress=False)
    lost = sorted((tmp_path / "b" / "points").iterdir())[0]
    kept = lost.read_bytes()
    lost.unlink()
    sm.sweep(POINTS[:4], out=tmp_path / "b", progress=False)
    assert lost.read_bytes() == kept
    sm.sweep(POINTS[:4], out=tmp_path / "a", progress=False)
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")


def lose_a_worker(pool: cf.ProcessPoolExecutor, results: Path) -> None:
    """Kills a worker once a result is there."""
    while not any(results.glob("*.json")):
        time.sleep(0.005)
    os.kill(next(iter(pool._processes)), signal.SIGKILL)


def test_a_worker_that_dies_costs_its_points_alone(tmp_path: Path) -> None:
    points = sm.grid(network="digit-256", timing="event", steps=[8, 16, 24, 32, 40, 48])
    with cf.ProcessPoolExecutor(2) as pool:
        killer = threading.Thread(target=lose_a_worker, args=(pool, tmp_path / "a" / "points"))
        killer.start()
        with pytest.raises(sm.SweepError, match="have no result: BrokenProcessPool"):
            sm.sweep(points, pool, tmp_path / "a", progress=False)
        killer.join()
    # A worker may have been killed amid a file, which has another name until it is whole.
    found = bytes_of(tmp_path / "a" / "points").items()
    kept = {name: result for name, result in found if name.endswith(".json")}
    assert kept and len(kept) < len(points)
    sm.sweep(points, out=tmp_path / "a", progress=False)
    sm.sweep(points, out=tmp_path / "b", progress=False)
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")
    assert kept.items() <= bytes_of(tmp_path / "a" / "points").items()


def full_disk() -> None:
    """No file of this process takes more than a few bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))


def test_a_full_disk_is_one_exception_and_loses_nothing(tmp_path: Path) -> None:
    sm.sweep(POINTS[:1], out=tmp_path / "one", progress=False)
    with cf.ProcessPoolExecutor(2, initializer=full_disk) as pool:
        with pytest.raises(sm.SweepError, match="4 points have no result: .*E1602: cannot write"):
            sm.sweep(POINTS[:4], pool, tmp_path / "a", progress=False)
    assert list((tmp_path / "a" / "points").iterdir()) == []
    done = sm.sweep(POINTS[:4], out=tmp_path / "a", progress=False)
    assert done.missing == done.failed == 0
    one = bytes_of(tmp_path / "one" / "points")
    assert one.items() <= bytes_of(tmp_path / "a" / "points").items()


def stopped(what: str, share: float) -> None:
    raise KeyError(what)


def test_an_exception_begins_no_further_point(tmp_path: Path) -> None:
    threads = threading.active_count()
    points = sm.grid(network="digit-256", timing="event", seed=range(8 + 8 * (os.cpu_count() or 1)))
    with pytest.raises(KeyError):
        sm.sweep(points, out=tmp_path / "a", progress=stopped)
    while threading.active_count() > threads:
        time.sleep(0.01)
    results = list((tmp_path / "a" / "points").glob("*.json"))
    assert 0 < len(results) < len(points) / 2


def test_ctrl_c_ends_a_sweep(tmp_path: Path) -> None:
    code = "import spikemesh as sm; sm.sweep(sm.grid(network='digits', steps=8, timing='event', "
    code += f"seed=range(200)), out={str(tmp_path / 'a')!r}, progress=False)"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    while not any((tmp_path / "a").glob("points/*.json")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]
    assert len(list((tmp_path / "a" / "points").glob("*.json"))) < 100


def test_ctrl_c_ends_the_points_that_run(tmp_path: Path) -> None:
    out = tmp_path / "a"
    code = "import spikemesh as sm; sm.sweep([dict(network='digits', steps=1024, timing='event', "
    code += f"recipe='paper', seed=n) for n in range(4)], out={str(out)!r}, progress=False)"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    while not out.exists():
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(2)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]
    # A point takes longer, and the interpreter waits for its threads.
    assert time.monotonic() - begin < 2
    assert not any(out.glob("points/*"))


@pytest.mark.parametrize(
    "value",
    [float("nan"), b"x", [None], np.arange(2), sm.Profile("loihi2"), object()],
    ids=lambda value: type(value).__name__,
)
def test_values_of_points_are_those_of_the_command_line(value: object, tmp_path: Path) -> None:
    with pytest.raises(sm.SweepError, match="E1606: `steps` takes a finite number") as caught:
        sm.sweep([{"steps": value}], out=tmp_path / "a", progress=False)
    assert caught.value.code == "E1606" and not (tmp_path / "a").exists()


def test_what_is_no_sweep(tmp_path: Path) -> None:
    for points, options, says in [
        ({"steps": 4}, {}, "str is no point"),
        ([{"input": "a\udcff"}], {}, "UTF-8"),
        (POINTS, {"threads": -1}, "threads=-1"),
        (POINTS, {"out": b"x"}, "bytes is no path"),
    ]:
        with pytest.raises(sm.UsageError, match=says):
            sm.sweep(points, **{"out": tmp_path / "a", **options})  # type: ignore[arg-type]
    assert not (tmp_path / "a").exists()


def test_bad_points_are_one_exception(tmp_path: Path) -> None:
    with pytest.raises(sm.SweepError) as caught:
        sm.sweep([{"network": "digits", "out": "x"}], out=tmp_path / "a", progress=False)
    assert caught.value.code == "E1605"
    with pytest.raises(sm.SweepError) as caught:
        sm.sweep([], out=tmp_path / "b", progress=False)
    assert caught.value.code == "E1604"
    sm.sweep([{"network": "digits", "stepss": 4}], out=tmp_path / "c", progress=False)
    table = sm.sweep([{"network": "digits", "stepss": 4}], out=tmp_path / "c", progress=False)
    assert table.table["code"] == ["usage"] and "--stepss" in table.table["message"][0]
