"""The report of a run in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._runs import Run

_CARD = "border:1px solid #8886;border-radius:6px;padding:6px 12px;text-align:left"


def report(run: Run) -> str:
    """Cards of the figures that matter, and a sentence on what bounds them."""
    glance = run.glance
    counts = glance["counts"]
    latency = glance["latency_ms"]
    cards = [
        ("energy", *_band(glance["energy_mj"], "mJ")),
        ("latency", *(_band(latency, "ms") if latency else ("not known", ""))),
        ("power", *_value(glance["mean_power_mw"], "mW")),
        ("inferences a second", *_value(glance["inferences_per_s"], "")),
        ("cores", f"{counts['cores']:,}", f"on {counts['chips']:,} chips"),
        ("spikes", f"{counts['spikes']:,}", f"{counts['packets']:,} packets"),
    ]
    cells = "".join(_card(*card) for card in cards)
    mark = " <b>(IDEALISED)</b>" if glance["idealised"] else ""
    network, profile, image = map(escape, (run.network, run.profile, run.inputs[0]))
    title = f"<b>{network}</b> on <b>{profile}</b>{mark}: {image}"
    bound = escape(" ".join(glance["bound"]))
    trust = escape(glance["trust"])
    return (
        f'<div style="max-width:60em"><p>{title}, recipe {escape(glance["recipe"])}, '
        f"T = {counts['steps']}, {escape(glance['timing'])} timing</p>"
        f'<div style="display:flex;flex-wrap:wrap;gap:8px">{cells}</div>'
        f"<p>{bound}</p><p><small>{trust}</small></p></div>"
    )


def _card(name: str, figure: str, below: str) -> str:
    small = f"<br><small>{escape(below)}</small>" if below else ""
    head = f"<small>{escape(name)}</small><br><b>{escape(figure)}</b>"
    return f'<div style="{_CARD}">{head}{small}</div>'


def _band(band: dict[str, Any], unit: str) -> tuple[str, str]:
    ends = f"{band['low']:.4g} .. {band['high']:.4g}"
    return f"{band['nominal']:.4g} {unit}", ends


def _value(value: float | None, unit: str) -> tuple[str, str]:
    return ("not known" if value is None else f"{value:.4g} {unit}".strip()), ""


def table(columns: dict[str, Any], most: int = 60) -> str:
    """A table of a report, its first rows."""
    count = len(next(iter(columns.values()), []))
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(column[n])}</td>" for column in columns.values()) + "</tr>"
        for n in range(min(count, most))
    )
    more = f"<p>and {count - most} more rows</p>" if count > most else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    return (
        f"{value:.4g}"
        if hasattr(value, "dtype") and value.dtype.kind == "f"
        else escape(str(value))
    )
