"""Many runs: points into one folder, by any executor."""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from . import _spikemesh
from ._calls import Listener, Progress
from ._errors import SweepError, UsageError, of
from ._names import encoded, path as path_of, plain, threads as counted
from ._profiles import Profile

Point = Mapping[str, object]


class _Job(Protocol):
    def result(self) -> object: ...


class _Executor(Protocol):
    def submit(self, fn: Any, /, *args: Any) -> Any: ...


def grid(**options: object) -> list[dict[str, object]]:
    """Every combination of the values; what is no list is the same in all points.

    >>> sm.grid(network="digits", profile=["loihi1-davies2018", "loihi2"], steps=[4, 8])
    """
    lists = [
        list(value) if isinstance(value, (list, tuple, range)) else [value]
        for value in options.values()
    ]
    return [dict(zip(options, values, strict=True)) for values in itertools.product(*lists)]


class Sweep:
    """The results of a sweep: `table`, columns by name, and the folder that holds them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path, self.table = _spikemesh.sweep_table(folder)
        self.path = Path(path)

    @property
    def failed(self) -> int:
        """Points that ended with an error; `table["message"]` says with which."""
        return _count(self.table, "failed")

    @property
    def missing(self) -> int:
        """Points without a result."""
        return _count(self.table, "missing")

    def parquet(self) -> Path:
        """Writes `sweep.parquet` beside the CSV file; needs pyarrow."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.folder / "sweep.parquet"
        pq.write_table(pa.table(dict(self.table)), path)
        return path

    def __repr__(self) -> str:
        rows = len(self.table["id"])
        return f"<Sweep {self.folder}: {rows} rows, {self.failed} failed, {self.missing} missing>"


def _count(table: Mapping[str, Any], status: str) -> int:
    return sum(1 for one in table["status"] if one == status)


def point(
    folder: str, number: int, threads: int, stop: _spikemesh.Stop | None = None
) -> str:
    """Runs one point of the sweep in `folder`; what an executor is given, wherever it works.

    `stop` ends it before its end, within this process.
    """
    return _spikemesh.sweep_point(folder, number, threads, stop)


def sweep(
    points: Iterable[Point],
    executor: _Executor | None = None,
    out: str | os.PathLike[str] = "sweep",
    *,
    again: bool = False,
    threads: int = 0,
    progress: Progress = None,
) -> Sweep:
    """Runs every point and keeps each result in the folder `out`, where a sweep goes on.

    A point has the options of `run` by name: `network`, `input`, `profile`, `set`, `steps`.
    `executor` is anything with `submit(function, *arguments)` whose jobs have `result()`: of
    concurrent.futures, Dask, mpi4py, submitit, Ray. Without one, as many threads as there are
    cores. A point that fails is a row of the table; `again` runs such points once more.
    `threads` is what a point may use, 0 for one thread a core.

    Raises SweepError where points are left without a result: an executor that is closed, a
    worker that died, a full disk. What is done stays, and the same call goes on from there.

    Ctrl-C ends a sweep without `executor` within a second. Points that run then leave no result,
    and the same call runs them again.
    """
    threads = counted(threads)
    folder = Path(os.path.abspath(path_of(out)))
    _spikemesh.sweep_begin(folder, json.dumps([_plain(one) for one in points]))
    missing = _spikemesh.sweep_missing(folder, again)
    listener = Listener(progress)
    try:
        if executor is None:
            own = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
            stop = _spikemesh.Stop()
            try:
                cause = _carry(own, folder, missing, listener, threads, stop)
            except BaseException:
                # Whoever presses Ctrl-C wants no further point, and not to wait for those that run.
                own.shutdown(wait=False, cancel_futures=True)
                stop.ask()
                raise
            own.shutdown()
        else:
            cause = _carry(executor, folder, missing, listener, threads)
    finally:
        listener.close()
    done = Sweep(folder)
    left = _spikemesh.sweep_missing(folder, False)
    if left:
        why = f": {type(cause).__name__}: {cause}" if cause is not None else ""
        message = f"{len(left)} points have no result{why}; the same call goes on from there"
        raise SweepError(None, message) from cause
    return done


def _carry(
    executor: _Executor,
    folder: Path,
    missing: Sequence[int],
    listener: Listener,
    *options: object,
) -> BaseException | None:
    """Gives the points to the executor, and the first reason why one has no result."""
    jobs: list[_Job] = []
    cause: BaseException | None = None
    for number in missing:
        try:
            jobs.append(executor.submit(point, str(folder), number, *options))
        except Exception as error:  # Whatever an executor of strangers says.
            cause = error
            break
    for n, job in enumerate(jobs):
        try:
            job.result()
        except Exception as error:
            cause = cause or error
        listener.progress("sweeping", (n + 1) / len(missing))
    return cause


def _plain(options: Point) -> dict[str, object]:
    if not isinstance(options, Mapping):
        kind = type(options).__name__
        raise UsageError(None, f"{kind} is no point; give mappings of options by name")
    given = {str(name): value for name, value in options.items() if value is not None}
    return {name: _value(name, value) for name, value in given.items()}


def _value(name: str, value: object) -> object:
    if isinstance(value, os.PathLike):
        value = path_of(value)
    if isinstance(value, (list, tuple)):
        return [_value(name, one) for one in value]
    value = plain(value)
    if isinstance(value, str):
        return encoded(value)
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    message = f"E1606: `{name}` takes a finite number, a text, true, false, or a list of these"
    if isinstance(value, Profile):
        message += "; name the profile or its file, and give its changes as `set`"
    raise of("E1606", message)
