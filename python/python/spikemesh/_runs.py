"""Runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import _spikemesh
from ._calls import Progress, effective, listening, words
from ._errors import UsageError
from ._inputs import Lent
from ._names import path, threads as counted
from ._networks import load
from ._profiles import Profile

Table = dict[str, Any]
"""Arrays of numpy by name of their column, and lists of texts: `pandas.DataFrame` takes it."""

_LINE = "the command line `spikemesh run` has it"
_ELSEWHERE = {
    "out": "`save` of what it gives writes the folder",
    "json": "`glance` of what it gives holds the same",
    "heads": "`heads` and `float_heads` of what it gives hold the same",
    "nir_data": f"give record_spikes=True for `spikes`; {_LINE}",
    "trace": _LINE,
    "trace_steps": _LINE,
    "gz": _LINE,
    "parquet": _LINE,
    "plots": _LINE,
    "max_memory": _LINE,
    "quiet": "give progress=False",
    "help": "see help(spikemesh.run)",
}
"""Options of the command line that would change nothing, and what does that here."""


def run(
    network: object = "digits",
    input: object = None,
    *,
    profile: str | os.PathLike[str] | Profile = "loihi1-davies2018",
    steps: int | None = None,
    timing: str = "auto",
    recipe: str | None = None,
    calibrate: object = None,
    placement: str | os.PathLike[str] | None = None,
    seed: int = 0,
    idealised: bool = False,
    split_fan_in: bool = False,
    record_spikes: bool = False,
    threads: int = 0,
    progress: Progress = None,
    **options: object,
) -> Run:
    """Converts a network, emulates it on a chip, and writes nothing.

    `network` is what `load` takes. `input` and `calibrate` are paths, arrays of the network's
    shape, pictures (arrays of bytes, or of PIL), arrays of events with fields t, x, y and p, arrays
    of spikes by step, or lists of these. A network inside the package has its own.
    Options are those of `spikemesh run`, and so are their defaults. Those that would change nothing
    here, such as `out` and `heads`, are refused.

    Ctrl-C ends it within a second. `progress` is called with what goes on and its share from 0 to
    1; without one, `tqdm` draws a bar where it is installed; False shows nothing.
    """
    effective(options, _ELSEWHERE)
    workers = counted(threads)
    net = load(network)
    lent = Lent(net.shape)
    given = {
        "input": lent.path(input, "input"),
        "profile": profile,
        "steps": steps,
        "timing": timing,
        "recipe": recipe,
        "calibrate": lent.path(calibrate, "calibration"),
        "placement": placement,
        "seed": seed or None,
        "idealised": idealised,
        "split_fan_in": split_fan_in,
        "record_spikes": record_spikes,
        **options,
    }
    line = ["run", net.path, *net._words, *words(given)]
    with listening(progress, lent.called) as listener:
        raw = _spikemesh.run(line, listener, workers)
    return Run(raw, keys=lent.numbers("input", raw.inputs))


class Run:
    """What a network did with its inputs on a chip.

    Of several inputs `run[0]` or `run["name"]` is one, and `for one in run` goes through them.
    Tables are those of docs/csv.md.
    """

    def __init__(
        self,
        raw: _spikemesh.Run,
        input: int | None = None,
        keys: Mapping[str, int] | None = None,
    ) -> None:
        self._raw = raw
        # Numbers of the inputs by what the caller called them.
        self._keys = keys or {}
        self._input = 0 if input is None and len(raw.inputs) == 1 else input
        self._tables: dict[str, Table | None] = {}

    def __len__(self) -> int:
        return 1 if self._input is not None else len(self._raw.inputs)

    def __iter__(self) -> Iterator[Run]:
        names = range(len(self._raw.inputs)) if self._input is None else [self._input]
        return (Run(self._raw, n, self._keys) for n in names)

    def __getitem__(self, key: int | str) -> Run:
        names = self.inputs
        if isinstance(key, str):
            # Seen from one input of several, there is that one.
            first = self._input or 0
            number = self._keys.get(key, -1) - first
            if not 0 <= number < len(names):
                if key not in names:
                    raise UsageError(None, f"no input `{key}`; there are: {', '.join(names)}")
                number = names.index(key)
            key = number
        if not -len(names) <= key < len(names):
            raise IndexError(f"the run has {len(names)} inputs")
        return self if self._input is not None else Run(self._raw, key % len(names), self._keys)

    @property
    def inputs(self) -> list[str]:
        """Names of the inputs."""
        names = self._raw.inputs
        return names if self._input is None else [names[self._input]]

    @property
    def network(self) -> str:
        """Name of the network."""
        return self._raw.network

    @property
    def profile(self) -> str:
        """Name of the chip."""
        return self._raw.profile

    @property
    def timing(self) -> str:
        """How packets took their time; what `auto` chose."""
        return self._raw.timing

    @property
    def recipe(self) -> str:
        """How the network was converted."""
        return self._raw.recipe

    def _one(self) -> int:
        if self._input is None:
            count = len(self._raw.inputs)
            raise UsageError(None, f"the run has {count} inputs; take one of them, such as run[0]")
        return self._input

    def _table(self, name: str, input: int | None = None) -> Table | None:
        if name not in self._tables:
            at = self._one() if input is None else input
            self._tables[name] = self._raw.table(name, at)
        return self._tables[name]

    def _always(self, name: str) -> Table:
        # Every run has it.
        return self._table(name) or {}

    @property
    def summary(self) -> dict[str, Any]:
        """Figures of one input by name; units stand in the names. None is not known."""
        row = self._one()
        table = self._raw.table("summary.csv", 0) or {}
        return {name: _scalar(column[row]) for name, column in table.items()}

    @property
    def summaries(self) -> Table:
        """The same of all inputs, a row for each."""
        return self._table("summary.csv", 0) or {}

    @property
    def assumptions(self) -> Table:
        """What the figures rest on beside the profile."""
        return self._table("assumptions.csv", 0) or {}

    @property
    def layers(self) -> Table:
        """A row for each layer."""
        return self._always("layers.csv")

    @property
    def cores(self) -> Table:
        """A row for each core."""
        return self._always("cores.csv")

    @property
    def links(self) -> Table:
        """A row for each link between routers."""
        return self._always("links.csv")

    @property
    def flows(self) -> Table:
        """A row for each pair of cores that share most packets."""
        return self._always("flows.csv")

    @property
    def steps(self) -> Table:
        """A row for each step, the fill of the layers included."""
        return self._always("steps.csv")

    @property
    def latency(self) -> Table:
        """What the time of each step is made of."""
        return self._always("latency.csv")

    @property
    def energy(self) -> Table:
        """A row for each layer and component."""
        return self._always("energy.csv")

    @property
    def packets(self) -> Table:
        """How many packets took how long, where they were moved."""
        return self._always("packets.csv")

    @property
    def mapping(self) -> Table | None:
        """Where each core lies and what it holds; None of a network of single neurons."""
        return self._table("mapping.csv", 0)

    @property
    def membranes(self) -> Table:
        """What the neurons held that `probe` named."""
        return self._always("membranes.csv")

    @property
    def detections(self) -> Table | None:
        """Boxes of the float network and of the spiking one; None where there are none."""
        return self._table("detections.csv")

    @property
    def classes(self) -> Table | None:
        """Classes that both networks see; None where the network is no classifier."""
        return self._table("classes.csv")

    @property
    def fidelity(self) -> Table | None:
        """Whole numbers beside floats, of all inputs; None unless `fidelity` asked for it."""
        return self._table("fidelity.csv", 0)

    @property
    def spikes(self) -> Table:
        """Every spike: step, layer (its row in `layers`, or -1), neuron and count.

        The arrays are views of what the run holds; nothing is copied.
        """
        import numpy as np

        raw = self._raw.spikes(self._one())
        if raw is None:
            raise UsageError(None, "no spike was recorded; run with record_spikes=True")
        records = np.asarray(raw)
        return {name: records[name] for name in ("step", "layer", "neuron", "count")}

    @property
    def heads(self) -> dict[str, Any]:
        """What the heads of the spiking network say, by name: [channels, height, width]."""
        return self._raw.heads(self._one(), False)

    @property
    def float_heads(self) -> dict[str, Any]:
        """What those of the float network say; empty of a network without one."""
        return self._raw.heads(self._one(), True)

    def heat(self, layer: str) -> Any:
        """Spikes of a layer by position [height, width], summed over channels and steps."""
        return self._raw.heat(self._one(), layer)

    @property
    def glance(self) -> dict[str, Any]:
        """What an inference takes, where that goes and what bounds it, as `--json` prints it."""
        return dict(json.loads(self._raw.glance(self._one())))

    def price(self, profile: str | os.PathLike[str] | Profile) -> Run:
        """The same events under the costs of another chip, without emulating."""
        chip = profile if isinstance(profile, Profile) else Profile(profile)
        priced = self._raw.price(chip.source, list(chip.changes))
        return Run(priced, self._input, self._keys)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Writes all that `spikemesh run --out` writes; the folder must not exist yet."""
        return Path(self._raw.save(path(folder)))

    def __str__(self) -> str:
        return "\n".join(self._raw.text(n) for n in self._rows())

    def __repr__(self) -> str:
        inputs = self.inputs
        what = inputs[0] if len(inputs) == 1 else f"{len(inputs)} inputs"
        return f"<Run of {self.network} on {self.profile}: {what}>"

    def _repr_html_(self) -> str:
        return "".join(self._raw.html(n) for n in self._rows())

    def _rows(self) -> range | list[int]:
        return range(len(self._raw.inputs)) if self._input is None else [self._input]


def _scalar(value: Any) -> Any:
    """A number of Python in place of one of numpy; None where there is none."""
    item = getattr(value, "item", None)
    plain = item() if callable(item) else value
    return None if plain != plain else plain
