"""Folders that go with what holds them."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path


class Folder:
    """A folder that is removed with this value, or at the end of the process that made it."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="spikemesh-"))
        self._end = weakref.finalize(self, _remove, str(self.path), os.getpid())


def _remove(path: str, maker: int) -> None:
    # A process that was forked has a copy of the value, and not of the folder.
    if os.getpid() == maker:
        shutil.rmtree(path, ignore_errors=True)
