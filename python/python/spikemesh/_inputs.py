"""Inputs in memory, as the files that the readers of the library take."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ._errors import UsageError
from ._folders import Folder
from ._names import name as checked, path as path_of

# Names of columns that the reader of events knows, as docs/events.md lists them.
_EVENTS = (
    {"t", "ts", "time", "timestamp", "t_ns", "t_us", "t_ms", "t_s"},
    {"x"},
    {"y"},
    {"p", "pol", "polarity", "on"},
)


class Lent:
    """Paths of inputs, and the folder of those that were in memory, which goes with this value."""

    def __init__(self, shape: tuple[int, int, int] | None) -> None:
        # Bytes for a network without rows and columns are spikes, and no picture.
        self._pictures = shape is None or shape[1:] != (1, 1)
        self._folder: Folder | None = None
        self._files: dict[str, dict[str, str]] = {}
        self.called: dict[str, str] = {}
        """What messages call the files of this folder."""

    def numbers(self, name: str, names: Sequence[str]) -> dict[str, int]:
        """The numbers of the inputs `names` by what the caller called them.

        Reports call an input as its file, with the ending where the rest could be a number.
        """
        files = sorted(self._files.get(name, {}).items(), key=lambda one: os.fsencode(one[1]))
        pairs = enumerate(zip(files, names))
        return {key: n for n, ((key, file), found) in pairs if found in (key, file)}

    def path(self, value: object, name: str) -> str | None:
        """The path of what is a path, or of what is written now; `name` is the input's name."""
        if value is None:
            return None
        if isinstance(value, (str, os.PathLike)):
            path = path_of(value)
            if path == "-":
                raise UsageError(None, "standard input is for the command line; give an array")
            return path
        if isinstance(value, Mapping):
            return self._several(value, name)
        if isinstance(value, (list, tuple)):
            # Files are taken by name, and so are in the order of the list.
            digits = max(3, len(str(len(value) - 1)))
            return self._several({f"{name}-{n:0{digits}}": v for n, v in enumerate(value)}, name)
        return str(self._write(value, self._root(), name))

    def _root(self) -> Path:
        if self._folder is None:
            self._folder = Folder()
        return self._folder.path

    def _several(self, values: Mapping[str, object], name: str) -> str:
        keys = [checked(str(key), f"an {name}") for key in values]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise UsageError(None, f"two {name}s are called `{twice}`")
        folder = self._root() / f"{name}s"
        folder.mkdir()
        files = self._files.setdefault(name, {})
        for key, one in zip(keys, values.values()):
            if isinstance(one, (str, os.PathLike)):
                # Its own ending counts, and not that of what it may be a link to.
                source = Path(path_of(one)).absolute()
                path = folder / f"{key}{source.suffix}"
                path.symlink_to(source)
            else:
                path = self._write(one, folder, key)
            files[key] = path.name
        self.called[str(folder)] = f"the list of {name}s"
        return str(folder)

    def _write(self, value: object, folder: Path, name: str) -> Path:
        import numpy as np

        if type(value).__module__.split(".")[0] == "PIL":
            from PIL import ImageOps

            image: Any = value
            # Cameras write which side is up, and readers of files turn pictures by that.
            image = ImageOps.exif_transpose(image)
            if image.mode == "F":
                raise UsageError(
                    None, "a picture of floats has no white; give bytes, or an array of its values"
                )
            if image.mode.startswith("I"):
                # 16 bits become 8 as in files.
                values = np.asarray(image).astype("int64")
                if values.min() < 0 or values.max() > 65535:
                    raise UsageError(None, "a picture of more than 16 bits is none; give bytes")
                value = ((values + 128) // 257).astype("uint8")
            else:
                grey = image.mode in ("1", "L", "LA")
                value = np.asarray(image.convert("L" if grey else "RGB"))
        if _is_table(value):
            value = _events(value)
        if isinstance(value, np.ma.MaskedArray) and _is_masked(value):
            raise UsageError(
                None, "an array with masked cells is no input; fill them, such as by `filled(0)`"
            )
        detach = getattr(value, "detach", None)
        array = np.asarray(detach().cpu() if callable(detach) else value)
        if array.dtype == object:
            raise UsageError(
                None,
                f"{type(value).__name__} is no input; give an array, a picture, a path, or a list",
            )
        picture = self._pictures and _is_picture(array)
        path = folder / f"{name}.{'png' if picture else 'npy'}"
        if picture:
            path.write_bytes(_png(array))
        else:
            np.save(path, np.ascontiguousarray(array))
        self.called[str(path)] = f"`{name}`"
        return path


def _is_table(value: object) -> bool:
    """Whether it is a DataFrame or the like, which an array by position would leave nameless."""
    return hasattr(value, "__dataframe__") or (
        hasattr(value, "columns") and hasattr(value, "__array__")
    )


def _events(frame: Any) -> Any:
    """A table of a package such as pandas or polars, as records by the names of its columns."""
    import numpy as np

    every = getattr(frame, "column_names", None)
    every = list(frame.columns if every is None else every)
    found = [
        [name for name in every if isinstance(name, str) and name.strip().lower() in names]
        for names in _EVENTS
    ]
    if any(len(names) != 1 for names in found):
        raise UsageError(
            None, "a table is an input where its columns name t, x, y and p, each once"
        )
    columns = {name: np.asarray(frame[name]) for names in found for name in names}
    for name, column in columns.items():
        if column.dtype.kind not in "biuf" or column.ndim != 1:
            raise UsageError(None, f"column `{name}` of the table holds other things than numbers")
    kinds = [(name, column.dtype) for name, column in columns.items()]
    records = np.empty(len(frame), dtype=kinds)
    for name, column in columns.items():
        records[name] = column
    return records


def _is_masked(array: Any) -> bool:
    """Whether a cell is hidden, or a field of one."""
    import numpy as np

    mask = np.ma.getmaskarray(array)
    return any(mask[name].any() for name in mask.dtype.names or []) or bool(
        mask.dtype == bool and mask.any()
    )


def _is_picture(array: Any) -> bool:
    """Bytes by rows and columns, grey or in colour, as pictures are in Python."""
    colours = array.ndim == 3 and array.shape[2] in (1, 3, 4)
    return bool(array.dtype == "uint8" and (array.ndim == 2 or colours) and array.size)


def _png(array: Any) -> bytes:
    """The picture without loss; what is transparent is taken as it is."""
    height, width = array.shape[:2]
    if array.ndim == 3:
        array = array[:, :, 0] if array.shape[2] == 1 else array[:, :, :3]
    kind = 0 if array.ndim == 2 else 2
    rows = b"".join(b"\0" + row.tobytes() for row in array)

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
