"""Networks: files, and those that other packages hold in memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from . import _spikemesh
from ._calls import listening, words
from ._errors import UsageError
from ._folders import Folder
from ._names import encoded, name as checked, path as path_of


class Network:
    """A network that was read and found sound; a run reads its files again."""

    path: str
    """Its file or folder, or the name of one inside the package."""
    name: str
    """As reports have it."""
    kind: str
    """`trained`, `converted`, `spiking` (NIR), or `neurons` (a folder of CSV files)."""
    sha256: str
    """Of its files."""
    shape: tuple[int, int, int] | None
    """Of one input: channels, height, width; None where the network brings its own."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        input_size: tuple[int, int] | None = None,
        dt: float | None = None,
        reset: str | None = None,
    ) -> None:
        self.path = encoded(path_of(path))
        self._options = {"input_size": input_size, "dt": dt, "reset": reset}
        size = None if input_size is None else "x".join(str(side) for side in input_size)
        self._words = words({"input_size": size, "dt": dt, "reset": reset})
        self._held: Folder | None = None
        with listening(False, {}) as listener:
            told = _spikemesh.network(["inspect", self.path, *self._words], listener)
        self.name, self.kind, self.sha256, shape = told
        self.shape = None if shape is None else (shape[0], shape[1], shape[2])

    def __reduce__(self) -> tuple[Any, ...]:
        if self._held is None:
            return _again, (self.path, None, self._options)
        path = Path(self.path)
        return _again, (path.name, path.read_bytes(), self._options)

    def __repr__(self) -> str:
        shape = "" if self.shape is None else ", input " + " x ".join(map(str, self.shape))
        return f"<Network {self.name}: {self.kind}{shape}>"


def _again(path: str, content: bytes | None, options: dict[str, Any]) -> Network:
    """A network in another process: that of a path, or one whose file goes along."""
    if content is None:
        return Network(path, **options)
    held = Folder()
    copy = held.path / path
    copy.write_bytes(content)
    network = Network(copy, **options)
    network._held = held
    return network


def load(
    source: object,
    *,
    name: str = "network",
    input_size: tuple[int, int] | None = None,
    dt: float | None = None,
    reset: str | None = None,
    example: object = None,
) -> Network:
    """Reads a network.

    `source` is a path (ONNX, Darknet `.cfg`, `.spikemesh`, `.nir`, a folder of CSV files), the name
    of a network inside the package, such as `digits`, a `nir.NIRGraph`, an `onnx.ModelProto`, or a
    `torch.nn.Module`, which `torch.onnx.export` writes with `example` as its input. `name` is what
    reports call one that has no file. `input_size`, `dt` and `reset` are for files that leave these
    open, as on the command line.
    """
    if isinstance(source, Network):
        return source
    options: dict[str, Any] = {"input_size": input_size, "dt": dt, "reset": reset}
    if isinstance(source, (str, os.PathLike)):
        return Network(source, **options)
    stem = checked(name, "a network")
    held = Folder()
    path = _written(source, held.path, stem, example)
    with listening(False, {str(path): f"`{name}`"}):
        network = Network(path, **options)
    network._held = held
    return network


def _written(source: Any, folder: Path, stem: str, example: object) -> Path:
    """A network in memory as a file."""
    packages = {base.__module__.split(".")[0] for base in type(source).__mro__}
    if "nir" in packages:
        import nir

        path = folder / f"{stem}.nir"
        nir.write(path, source)
        return path
    path = folder / f"{stem}.onnx"
    if hasattr(source, "SerializeToString") and hasattr(source, "graph"):
        path.write_bytes(source.SerializeToString())
        return path
    if "torch" in packages and hasattr(source, "state_dict"):
        import torch

        if example is None:
            raise UsageError(None, "give a torch module with an `example` of its input, a tensor")
        source.eval()
        torch.onnx.export(source, (example,), str(path), dynamo=False)
        return path
    kind = type(source).__name__
    raise UsageError(
        None, f"{kind} is no network; give a path, a name, a NIRGraph or a torch module"
    )
