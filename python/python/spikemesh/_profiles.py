"""Chip profiles."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import _spikemesh
from ._errors import UsageError
from ._folders import Folder
from ._names import encoded, name as checked, path as path_of


class Profile:
    """A chip: a built-in profile by its name, or a TOML file by its path; checked at once."""

    source: str
    """What the command line calls it: its name or path."""
    changes: tuple[str, ...]
    """Other values than those of its file, `KEY=VALUE` each."""

    def __init__(self, source: str | os.PathLike[str], changes: tuple[str, ...] = ()) -> None:
        self.source = encoded(path_of(source))
        self.changes = tuple(encoded(change) for change in changes)
        self._told = _spikemesh.profile(self.source, list(self.changes))
        # Of a profile from a text, the folder of its file; it goes with the last that uses it.
        self._held: Folder | None = None

    @classmethod
    def from_toml(cls, text: str, name: str = "profile") -> Profile:
        """A profile from the text of its file; `inherits` names a built-in one.

        `name` is what reports call it.
        """
        file = f"{checked(name, 'a profile')}.toml"
        if not isinstance(text, str):
            raise UsageError(None, f"{type(text).__name__} is no text of a profile")
        held = Folder()
        path = held.path / file
        path.write_text(encoded(text), encoding="utf-8")
        profile = cls(path)
        profile._held = held
        return profile

    def with_(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Profile:
        """The same chip with other values, as `--set` has them.

        A key is dotted, as in the file (`{"costs.static_mw_per_chip": 50}`), or the last part of
        one, where only one ends so (`static_mw_per_chip=50`).
        """
        changes = [
            f"{_key(key)}={_toml(value)}" for key, value in {**(values or {}), **named}.items()
        ]
        profile = Profile(self.source, (*self.changes, *changes))
        profile._held = self._held
        return profile

    @property
    def name(self) -> str:
        """As reports have it."""
        return str(self._told["name"])

    @property
    def title(self) -> str:
        """The chip, in a line."""
        return str(self._told["title"])

    @property
    def trust(self) -> str:
        """How far its figures can be trusted."""
        return str(self._told["trust"])

    @property
    def toml(self) -> str:
        """As a file that inherits nothing, every key with what it means."""
        return str(self._told["toml"])

    def __str__(self) -> str:
        return str(self._told["text"])

    def __repr__(self) -> str:
        changes = f", {self.changes!r}" if self.changes else ""
        return f"Profile({self.source!r}{changes})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._held is None:
            return Profile, (self.source, self.changes)
        text = Path(self.source).read_text(encoding="utf-8")
        return _again, (text, Path(self.source).stem, self.changes)


def _again(text: str, name: str, changes: tuple[str, ...]) -> Profile:
    plain = Profile.from_toml(text, name)
    changed = Profile(plain.source, changes)
    changed._held = plain._held
    return changed


def profiles() -> list[dict[str, Any]]:
    """Name, title and trust of the built-in profiles, as `pandas.DataFrame` takes them."""
    kept = ("name", "title", "trust", "sha256")
    return [{key: told[key] for key in kept} for told in _spikemesh.profiles()]


def _key(name: str) -> str:
    """The one dotted key that is meant."""
    if "." in name:
        return name
    found = _spikemesh.profile_keys(name)
    if len(found) > 1:
        keys = ", ".join(found)
        raise UsageError(
            None, f"several keys end with `{name}`; write one of them in full: {keys}"
        )
    # One that no profile has is refused by its reader, which knows what comes near.
    return found[0] if found else name


def _toml(value: Any) -> str:
    item = getattr(value, "item", None)
    if callable(item):
        value = item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{json.dumps(str(key))} = {_toml(one)}" for key, one in value.items())
        return "{ " + pairs + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return repr(value)
