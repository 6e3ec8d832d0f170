"""A result that is a series (labels with numbers) as a bar chart: lines of text for a terminal, SVG for a window."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

IN_ORDER = frozenset("year month weekday quarter season day_of_month language tag host words_from".split())
"""Columns whose values are worth a chart without being asked for one: they come in order, or from a ranking."""
_ASKED = re.compile(r"\b(?:chart|plot|graph|histogram|draw|visuali[sz]e|bars?)\b", re.I)
MAX_BARS = 40
MIN_WIDTH = 30
"""Columns of a terminal below which bars would tell nothing."""


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers with a label each, in the order to be drawn."""

    title: str
    labels: Sequence[str]
    values: Sequence[float]


def asks_for_chart(question: str) -> bool:
    return _ASKED.search(question) is not None


def series_of(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, asked: bool) -> Series | None:
    """What of a table can be drawn: its first column against its last number.

    None for fewer than two rows, more than MAX_BARS, a table without numbers, or one that is neither `asked` for as a
    chart nor in an order of its own.
    """
    if not 2 <= len(rows) <= MAX_BARS or len(columns) < 2 or not (asked or columns[0] in IN_ORDER):
        return None
    numeric = [index for index in range(1, len(columns)) if all(_is_number(row[index]) for row in rows)]
    if not numeric:
        return None
    value = numeric[-1]
    title = f"{columns[value].replace('_', ' ')} by {columns[0].replace('_', ' ')}"
    return Series(title, [str(row[0]) for row in rows], [float(row[value] or 0) for row in rows])


def bar_chart(series: Series, width: int) -> str:
    """The bars as lines no wider than `width` columns, labels before and numbers after; "" when there is no room."""
    if width < MIN_WIDTH or not series.values:
        return ""
    numbers = [_written(value) for value in series.values]
    label_width = min(max(map(len, series.labels)), width // 3)
    number_width = max(map(len, numbers))
    room = max(5, width - label_width - number_width - 2)
    size = max([*series.values, 0.0]) or 1.0
    lines = [
        f"{_cut(label, label_width):>{label_width}} {_bar(value / size, room):<{room}} {number:>{number_width}}"
        for label, value, number in zip(series.labels, series.values, numbers, strict=True)
    ]
    return "\n".join([series.title, *lines])


def _bar(share: float, width: int) -> str:
    """A bar in eighths of a column."""
    eighths = round(max(share, 0.0) * width * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _cut(label: str, width: int) -> str:
    return label if len(label) <= width else label[: width - 1] + "…"


def bar_svg(series: Series, width: int = 640) -> str:
    """The bars as an SVG document; its labels are text, so that they can be read out and searched."""
    row, margin = 22, 8
    label_width = min(7 * max((len(label) for label in series.labels), default=0), width // 3) + margin
    room = max(20, width - label_width - 70)
    size = max([*series.values, 0.0]) or 1.0
    height = row * (len(series.labels) + 1) + 2 * margin
    bars = []
    for index, (label, value) in enumerate(zip(series.labels, series.values, strict=True)):
        y, length = margin + row * (index + 1), room * max(value, 0.0) / size
        shown = label if 7 * len(label) <= label_width else label[: max(1, label_width // 7 - 1)] + "…"
        bars.append(
            f'<text x="{label_width - 4}" y="{y + 15}" text-anchor="end">'
            f"<title>{escape(label)}</title>{escape(shown)}</text>"
            f'<rect x="{label_width}" y="{y + 3}" width="{length:.1f}" height="{row - 6}" fill="#3a6ea5"/>'
            f'<text x="{label_width + length + 4:.1f}" y="{y + 15}">{_written(value)}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' font-family="sans-serif" font-size="12" role="img"><title>{escape(series.title)}</title>'
        f'<text x="{margin}" y="{margin + 12}" font-weight="bold">{escape(series.title)}</text>{"".join(bars)}</svg>'
    )


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _written(value: float) -> str:
    return f"{value:,.10g}"
