"""Names, paths and numbers of callers, refused in a sentence where the library cannot take them."""

from __future__ import annotations

import operator
import os
from typing import SupportsIndex, cast

from ._errors import UsageError

# File systems take 255 bytes; an ending and the name of a file that is being written come on top.
_LONGEST = 200
# As the command line has it.
_MOST_THREADS = 1024


def name(value: object, what: str) -> str:
    """A name that becomes that of a file, and so must lead nowhere else."""
    if not isinstance(value, str):
        raise UsageError(None, f"{value!r} is no name of {what}; give a text")
    text = encoded(value)
    if text in ("", ".", "..") or any(mark in text for mark in "/\\\0"):
        raise UsageError(None, f"{text!r} is no name of {what}; give one that a file can have")
    if len(text.encode()) > _LONGEST:
        raise UsageError(
            None, f"the name of {what} that begins with `{text[:20]}` is longer than 200 bytes"
        )
    return text


def path(value: object) -> str:
    """A path as a text."""
    try:
        text = os.fspath(cast("os.PathLike[str]", value))
    except TypeError:
        text = None
    if not isinstance(text, str):
        kind = type(value).__name__
        raise UsageError(None, f"{kind} is no path; give a text or a pathlib.Path")
    if "\0" in text:
        raise UsageError(None, f"{text!r} is no path; leave NUL out")
    return text


def encoded(text: str) -> str:
    """A text that UTF-8 can hold, as what the library takes must be."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(None, f"{text!r} cannot be written in UTF-8; give another text") from None
    return text


def plain(value: object) -> object:
    """A number of Python in place of one of numpy or torch; anything else as it is."""
    item = getattr(value, "item", None)
    if not callable(item):
        return value
    try:
        return item()
    except (TypeError, ValueError, RuntimeError):  # Of several numbers.
        return value


def threads(value: object) -> int:
    """A number of worker threads; 0 for one a core."""
    try:
        number = operator.index(cast("SupportsIndex", value))
    except TypeError:
        number = -1
    if not 0 <= number <= _MOST_THREADS:
        raise UsageError(None, f"threads={value!r}: give a whole number from 0 to {_MOST_THREADS}")
    return number
