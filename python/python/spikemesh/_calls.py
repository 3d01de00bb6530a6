"""Options as words of a command line, and a call that hears of remarks and progress."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ._errors import Error, SpikemeshWarning, UsageError
from ._names import encoded, path, plain
from ._profiles import Profile

_LOG = logging.getLogger("spikemesh")

# Told what goes on and which share of it is done; False tells nothing.
Progress = Callable[[str, float], object] | bool | None

_WARNING = "warning: "
# Seconds that a bar waits before it appears.
_DELAY = 1.0


class Listener:
    """Passes remarks on as warnings and log lines, and progress to a bar or a function."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bar: Any = None

    def remark(self, line: str) -> None:
        """Something was read otherwise than it was written, or will take long."""
        if line.startswith(_WARNING):
            text = line.removeprefix(_WARNING)
            warnings.warn(text, SpikemeshWarning, stacklevel=_depth())
        else:
            _LOG.info("%s", line)

    def progress(self, what: str, share: float) -> None:
        """A share of `what` is done."""
        if callable(self._progress):
            self._progress(what, share)
        elif self._progress is not False:
            self._draw(what, share)

    def _draw(self, what: str, share: float) -> None:
        if self._bar is None:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                self._progress = False
                return
            form = "{desc} {percentage:3.0f} %|{bar}| {elapsed}<{remaining}"
            self._bar = tqdm(total=1.0, delay=_DELAY, leave=False, bar_format=form)
        self._bar.set_description_str(what)
        self._bar.update(share - self._bar.n)

    def close(self) -> None:
        """Nothing more comes."""
        if self._bar is not None:
            self._bar.close()


def _depth() -> int:
    """Frames from whoever warns up to whoever called the package."""
    frame, depth = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__package__") == __package__:
        frame, depth = frame.f_back, depth + 1
    return depth


@contextmanager
def listening(progress: Progress, called: Mapping[str, str]) -> Iterator[Listener]:
    """Hears of a call. Its errors call files as `called` has them, by the paths of these files."""
    listener = Listener(progress)
    try:
        yield listener
    except Error as error:
        for path, name in called.items():
            error.message = error.message.replace(path, name)
        error.args = (error.code, error.message)
        raise
    finally:
        listener.close()


def words(options: Mapping[str, object]) -> list[str]:
    """`split_fan_in=True` as `--split-fan-in`, `steps=8` as `--steps 8`.

    What is None or False is left out. The values of a list are joined by commas, but those of
    `set` and `probe` are given one by one.
    """
    return [encoded(word) for name, value in options.items() for word in _option(name, value)]


def effective(options: Mapping[str, object], elsewhere: Mapping[str, str]) -> None:
    """Refuses options of the command line that would change nothing here.

    `elsewhere` says of each what does the same.
    """
    for name, value in options.items():
        instead = elsewhere.get(name.replace("-", "_"))
        if instead is not None and value is not None and value is not False:
            raise UsageError(None, f"`{name}` has no effect in Python; {instead}")


def _option(name: str, value: object) -> list[str]:
    option = "--" + name.replace("_", "-")
    if value is None or value is False:
        return []
    if value is True:
        return [option]
    if isinstance(value, Profile):
        changes = [word for change in value.changes for word in ("--set", change)]
        return [option, value.source, *changes]
    if isinstance(value, (list, tuple)):
        if name in ("set", "probe"):
            return [word for one in value for word in _option(name, one)]
        return [option, ",".join(_text(one) for one in value)]
    text = _text(value)
    # A value that begins as an option does is no option.
    return [f"{option}={text}"] if text.startswith("-") else [option, text]


def _text(value: object) -> str:
    if isinstance(value, os.PathLike):
        return path(value)
    if isinstance(value, Profile):
        return value.source
    value = plain(value)
    if hasattr(value, "item"):
        raise UsageError(None, f"{type(value).__name__} is no value of an option; give a list")
    return str(value)
