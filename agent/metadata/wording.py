"""The rows of a metadata question in one or two plain sentences; the table itself is shown beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.metadata.outcome import MetadataQuestion

SHOWN = 12
"""Rows named in the sentence; more are in the table."""


def in_words(asked: MetadataQuestion, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """What the rows say, with what was noted while the question was read."""
    return " ".join([_sentence(asked, columns, rows), *asked.notes])


def _sentence(asked: MetadataQuestion, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    about = f" {asked.about}" if asked.about else ""
    if not rows:
        return f"{'No: no' if asked.form == 'yes' else 'No'} {asked.unit}{about or ' match'}."
    if asked.form == "number":
        return _number(asked, columns, rows[0], about)
    if columns[:1] == ["percent"] and asked.form == "value":
        return f"{_cell(rows[0][0])} percent{about}: {_cell(rows[0][1])} of {_cell(rows[0][2])} {asked.unit.replace('_', ' ')}."
    if asked.form == "value":
        *facts, name = rows[0] if "title" in columns[-1:] else [*rows[0][1:], rows[0][0]]
        return f"{name}: {', '.join(map(_cell, facts))}." if facts else f"{_cell(name)}."
    if asked.form in ("list", "yes"):
        named = [f"{row[0]} ({_cell(row[1])})" if "published" in columns[1:2] else _cell(row[0]) for row in rows]
        head = f"{'Yes: ' if asked.form == 'yes' else ''}{_counted(len(rows), asked.unit)}{about}"
        return f"{head}: {_some(named)}."
    return f"{_some([_ranked(columns, row) for row in rows])}."


_STATISTICS = {"average_": "On average", "median_": "In the median", "most_": "At most", "fewest_": "At least"}


def _number(asked: MetadataQuestion, columns: Sequence[str], row: Sequence[Any], about: str) -> str:
    value = 0 if row[0] is None else row[0]
    if columns[0] == "difference":
        more = f"; more: {row[1]}" if len(row) > 1 else ""
        return f"A difference of {_counted(value, asked.unit)}{more}."
    if asked.unit != "posts" and about.startswith(
        (" tagged", " with", " that ", " on ", " linking", " not ", " sharing")
    ):
        about = f" of posts{about}"
    if statistic := next((name for name in _STATISTICS if columns[0].startswith(name)), ""):
        unit = columns[0].removeprefix(statistic).removeprefix("gap_").replace("_", " ")
        rest = about.replace(" average gap", "").replace(" median gap", "")
        return f"{_STATISTICS[statistic]} {_counted(value, unit)}{rest}."
    if columns[0] == "percent":
        return f"{_cell(value)} percent{about}: {row[1]} of {row[2]} posts."
    extra = f" ({', '.join(_cell(cell) for cell in row[1:])})" if len(row) > 1 else ""
    return f"{_counted(value, columns[0].replace('_', ' '))}{about}{extra}."


def _ranked(columns: Sequence[str], row: Sequence[Any]) -> str:
    """A row of a ranking, a comparison or a series: its label, and what belongs to it."""
    cells = []
    for name, cell in zip(columns[1:], row[1:], strict=True):
        unit = "" if isinstance(cell, str) or name in ("year", "level", "position") else f" {name.replace('_', ' ')}"
        cells.append(_cell(cell) + unit)
    if columns[0] in ("title", "heading"):
        return f"{row[0]} ({', '.join(cells)})" if cells else str(row[0])
    return f"{_cell(row[0])}: {', '.join(_cell(cell) for cell in row[1:])}" if cells else _cell(row[0])


def _some(named: Sequence[str]) -> str:
    return "; ".join(named[:SHOWN]) + ("; more in the table" if len(named) > SHOWN else "")


def _counted(value: Any, unit: str) -> str:
    singular = {"posts": "post", "tags": "tag", "years": "year", "days": "day", "links": "link", "sections": "section"}
    return f"{_cell(value)} {singular.get(unit, unit) if value == 1 else unit}"


def _cell(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "none" if value is None else str(value).lower()
    if isinstance(value, float):
        return f"{value:,.10g}"
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)
