"""Inputs in memory, as the files that the readers of the library take."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._errors import UsageError
from ._folders import Folder


class Lent:
    """Paths of inputs, and the folder of those that were in memory, which goes with this value."""

    def __init__(self, shape: tuple[int, int, int] | None) -> None:
        # Bytes for a network without rows and columns are spikes, and no picture.
        self._pictures = shape is None or shape[1:] != (1, 1)
        self._folder: Folder | None = None
        self.called: dict[str, str] = {}
        """What messages call the files of this folder."""

    def path(self, value: object, name: str) -> str | None:
        """The path of what is a path, or of what is written now; `name` is the input's name."""
        if value is None:
            return None
        if isinstance(value, (str, os.PathLike)):
            path = str(os.fspath(value))
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
        folder = self._root() / f"{name}s"
        folder.mkdir()
        for key, one in values.items():
            if isinstance(one, (str, os.PathLike)):
                source = Path(one).resolve()
                (folder / f"{key}{source.suffix}").symlink_to(source)
            else:
                self._write(one, folder, str(key))
        self.called[str(folder)] = f"the list of {name}s"
        return str(folder)

    def _write(self, value: object, folder: Path, name: str) -> Path:
        import numpy as np

        if type(value).__module__.split(".")[0] == "PIL":
            image: Any = value
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
