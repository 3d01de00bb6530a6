"""Energy and time of networks on neuromorphic chips, emulated event by event.

>>> import spikemesh as sm
>>> run = sm.run("digits", profile="loihi1-davies2018")
>>> run.summary["energy_uj"]

What is reckoned, is reckoned by the library that the command line has, with the same options:
figures are equal to the last bit. Options keep their names: `--split-fan-in` is `split_fan_in`.
"""

from ._errors import (
    BaselineError,
    CommandError,
    ConversionError,
    CountError,
    DetectorError,
    EngineError,
    Error,
    ExportError,
    FloatError,
    InputError,
    MappingError,
    NetworkError,
    ProfileError,
    ReportError,
    RunError,
    SpikemeshWarning,
    TuneError,
    UsageError,
)
from ._networks import Network, load
from ._profiles import Profile, profiles
from ._reports import Converted, Report, compare, convert, evaluate, tune
from ._runs import Run, run
from ._spikemesh import __version__

__all__ = [
    "BaselineError",
    "CommandError",
    "ConversionError",
    "Converted",
    "CountError",
    "DetectorError",
    "EngineError",
    "Error",
    "ExportError",
    "FloatError",
    "InputError",
    "MappingError",
    "Network",
    "NetworkError",
    "Profile",
    "ProfileError",
    "Report",
    "ReportError",
    "Run",
    "RunError",
    "SpikemeshWarning",
    "TuneError",
    "UsageError",
    "__version__",
    "compare",
    "convert",
    "evaluate",
    "load",
    "main",
    "profiles",
    "run",
    "tune",
]


def main() -> None:
    """The command line, as the program `spikemesh` that comes with the package."""
    import signal
    import sys

    from . import _spikemesh

    # Else Ctrl-C would wait for the end of the command.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_spikemesh.main(sys.argv[1:]))
