"""Tables of reports in a notebook."""

from __future__ import annotations

from html import escape
from typing import Any


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
