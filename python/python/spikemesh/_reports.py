"""Commands that leave a report: eval, compare, tune and convert."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


from . import _spikemesh
from ._calls import Progress, effective, listening, words
from ._errors import UsageError, of
from ._folders import Folder
from ._inputs import Lent
from ._names import path as path_of, threads as counted
from ._networks import Network, load
from ._profiles import Profile
from ._runs import Table

Profiles = str | os.PathLike[str] | Profile

_ELSEWHERE = {
    "out": "`save` of what it gives keeps the files",
    "json": "`rows` of what it gives hold the same",
    "quiet": "give progress=False",
    "help": "see help(spikemesh)",
}
"""Options that say where the command line writes or what it prints, and what does that here."""
_CONVERTING = {
    **_ELSEWHERE,
    "report": "`report.save` of what it gives keeps the files",
    "json": "`report.rows` of what it gives hold the same",
}


class Report:
    """The files that a command wrote, in a folder that goes with this value."""

    def __init__(self, held: Folder, folder: Path, main: str) -> None:
        self._held = held
        self.folder = folder
        """Where the files are, until the report is gone; `save` keeps them."""
        self._main = main
        self._tables: dict[str, Table] = {}

    @property
    def tables(self) -> list[str]:
        """Names of its tables."""
        return sorted(path.stem for path in self.folder.glob("*.csv"))

    def __getitem__(self, name: str) -> Table:
        if name not in self._tables:
            path = self.folder / f"{name}.csv"
            if not path.is_file():
                names = ", ".join(self.tables)
                raise UsageError(None, f"no table `{name}`; there are: {names}")
            self._tables[name] = _spikemesh.table(str(path))
        return self._tables[name]

    @property
    def rows(self) -> Table:
        """The table that the command line prints."""
        return self[self._main]

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Copies all files into a folder, which must not exist yet."""
        target = Path(path_of(folder))
        if os.path.exists(target):
            message = f"E1101: {target} exists already; choose another folder, or move it away"
            raise of("E1101", message)
        if not self.folder.is_dir():
            raise of("E1105", f"E1105: cannot write {target}: the files of the report are gone")
        made = False
        try:
            target.mkdir(parents=True)
            made = True
            return Path(shutil.copytree(self.folder, target, dirs_exist_ok=True))
        except OSError as error:
            # Nothing half written stays.
            if made:
                shutil.rmtree(target, ignore_errors=True)
            raise of("E1105", f"E1105: cannot write {target}: {_why(error)}") from error

    def __repr__(self) -> str:
        return f"<Report: {', '.join(self.tables)}>"

    def _repr_html_(self) -> str:
        from ._html import table

        return table(self.rows)


class Converted(Network):
    """A network in whole numbers, with a report on what each layer loses."""

    report: Report

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Copies it into a file, NAME.spikemesh, which must not exist yet."""
        target = Path(path_of(path))
        if os.path.exists(target):
            raise of("E0612", f"E0612: {target} exists already; choose another name")
        if target.suffix != ".spikemesh":
            raise of("E0613", f"E0613: {target}: give the file the suffix .spikemesh")
        if not os.path.isfile(self.path):
            raise of("E0611", f"E0611: {target}: the converted network is gone")
        try:
            return Path(shutil.copyfile(self.path, target))
        except OSError as error:
            with suppress(OSError):
                target.unlink()
            raise of("E0611", f"E0611: {target}: {_why(error)}") from error


def _why(error: OSError) -> str:
    """In a phrase; copying a folder gives a list of what failed."""
    return error.strerror or str(error)


def _called(
    command: str,
    net: Network,
    lent: Lent,
    options: dict[str, object],
    threads: int,
    progress: Progress,
    main: str,
    out: str = "report",
) -> Report:
    """Runs a command into a folder of its own."""
    workers = counted(threads)
    held = Folder()
    folder = held.path / "report"
    line = [command, net.path, *net._words, *words({**options, out: str(folder)})]
    with listening(progress, lent.called) as listener:
        _spikemesh.command(line, listener, workers)
    return Report(held, folder, main)


def evaluate(
    network: object = "digits",
    data: object = None,
    *,
    profile: Profiles = "loihi1-davies2018",
    recipes: str | Sequence[str] | None = None,
    checkpoints: Sequence[int] | None = None,
    calibrate: object = None,
    threads: int = 0,
    progress: Progress = None,
    **options: object,
) -> Report:
    """Accuracy against steps, millijoules and latency on labelled inputs, as `spikemesh eval`.

    `rows` has a row for each recipe and checkpoint. Of a network inside the package `data` are its
    own scenes where none are given.
    """
    effective(options, _ELSEWHERE)
    net = load(network)
    lent = Lent(net.shape)
    given = {
        "data": lent.path(data, "data"),
        "profile": profile,
        "recipe": recipes if recipes is None or isinstance(recipes, str) else list(recipes),
        "checkpoints": None if checkpoints is None else list(checkpoints),
        "calibrate": lent.path(calibrate, "calibration"),
        **options,
    }
    return _called("eval", net, lent, given, threads, progress, "accuracy", "out")


def compare(
    network: object = "digits",
    input: object = None,
    *,
    profiles: Profiles | Sequence[Profiles] | None = None,
    baselines: str | Sequence[str] | None = None,
    calibrate: object = None,
    threads: int = 0,
    progress: Progress = None,
    **options: object,
) -> Report:
    """A network on chips beside the float network on other devices, as `spikemesh compare`.

    `rows` has a row for each system and accounting. Chips that are changed cannot stand in a list.
    """
    effective(options, _ELSEWHERE)
    net = load(network)
    lent = Lent(net.shape)
    chips = profiles if isinstance(profiles, (str, Profile, os.PathLike)) else list(profiles or [])
    if isinstance(chips, list) and any(isinstance(one, Profile) and one.changes for one in chips):
        raise UsageError(None, "a changed profile cannot stand in a list; give it alone")
    given = {
        "input": lent.path(input, "input"),
        "profile": chips or None,
        "baseline": baselines
        if baselines is None or isinstance(baselines, str)
        else list(baselines),
        "calibrate": lent.path(calibrate, "calibration"),
        **options,
    }
    return _called("compare", net, lent, given, threads, progress, "compare", "out")


def tune(
    network: object = "digits",
    data: object = None,
    *,
    profile: Profiles = "loihi1-davies2018",
    recipe: str | None = None,
    budget: int | None = None,
    calibrate: object = None,
    threads: int = 0,
    progress: Progress = None,
    **options: object,
) -> Report:
    """Searches thresholds that cost less at the same agreement, as `spikemesh tune`."""
    effective(options, _ELSEWHERE)
    net = load(network)
    lent = Lent(net.shape)
    given = {
        "data": lent.path(data, "data"),
        "profile": profile,
        "recipe": recipe,
        "budget": budget,
        "calibrate": lent.path(calibrate, "calibration"),
        **options,
    }
    return _called("tune", net, lent, given, threads, progress, "tuning", "out")


def convert(
    network: object = "digits",
    *,
    profile: Profiles = "loihi1-davies2018",
    recipe: str | None = None,
    calibrate: object = None,
    threads: int = 0,
    progress: Progress = None,
    **options: object,
) -> Converted:
    """Converts a trained network into whole numbers, as `spikemesh convert`."""
    effective(options, _CONVERTING)
    net = load(network)
    lent = Lent(net.shape)
    out = Folder()
    file = out.path / f"{net.name}.spikemesh"
    given = {
        "profile": profile,
        "recipe": recipe,
        "calibrate": lent.path(calibrate, "calibration"),
        "out": file,
        **options,
    }
    report = _called("convert", net, lent, given, threads, progress, "conversion")
    converted = Converted(file)
    converted._held, converted.report = out, report
    return converted
