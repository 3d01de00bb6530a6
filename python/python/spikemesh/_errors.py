"""Exceptions: one class for each block of codes in docs/errors.md."""

from __future__ import annotations


class SpikemeshWarning(UserWarning):
    """Something that a run says beside its figures, such as what it was calibrated on."""


class Error(Exception):
    """What a command line would end with: its code, such as `E0101`, and its message.

    docs/errors.md says what to do about each code.
    """

    code: str | None
    message: str

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


class UsageError(Error, ValueError):
    """An option or an argument that does not exist or has no such value; it has no code."""


class ProfileError(Error):
    """A chip profile: E01xx."""


class NetworkError(Error):
    """A network's files: E02xx."""


class DetectorError(Error):
    """A detector's description or labelled pictures: E03xx."""


class InputError(Error):
    """An input: E04xx."""


class FloatError(Error):
    """A float network: E05xx."""


class ConversionError(Error):
    """A conversion: E06xx."""


class MappingError(Error):
    """A chip that does not hold a network: E07xx."""


class EngineError(Error):
    """An emulation: E08xx."""


class CountError(Error):
    """Sums that contradict each other or do not fit: E09xx."""


class RunError(Error):
    """A run as a whole: E10xx."""


class ReportError(Error):
    """Files that are written or read again: E11xx."""


class TuneError(Error):
    """A search: E12xx."""


class BaselineError(Error):
    """A device to compare with: E13xx."""


class ExportError(Error):
    """A NIR file to write: E14xx."""


class CommandError(Error):
    """What a command is asked for, and cannot do: E20xx."""


_BLOCKS: dict[str, type[Error]] = {
    "E01": ProfileError,
    "E02": NetworkError,
    "E03": DetectorError,
    "E04": InputError,
    "E05": FloatError,
    "E06": ConversionError,
    "E07": MappingError,
    "E08": EngineError,
    "E09": CountError,
    "E10": RunError,
    "E11": ReportError,
    "E12": TuneError,
    "E13": BaselineError,
    "E14": ExportError,
    "E20": CommandError,
}


def of(code: str | None, message: str) -> Error:
    """The exception of a code; without one, of wrong usage."""
    if code is None:
        return UsageError(code, message)
    return _BLOCKS.get(code[:3], Error)(code, message)
