"""Dates as a page gives them: the local calendar date, never converted and never invented."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]{{0,6}}"
_ISO = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\b\.?,?\s+(\d{{4}})\b", re.I)
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", re.I)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened: the calendar date as written and, where time and offset are given, the instant."""

    day: date
    instant: datetime | None = None

    @property
    def is_utc(self) -> bool:
        """Whether the writer's own date may be another: only the instant is known."""
        return self.instant is not None and not self.instant.utcoffset()


def moment(text: str) -> Moment | None:
    """A machine-readable date or an absolute date in English or numbers, year first; None for "3 days ago" and for
    "01/02/2020", which mean different days to different readers."""
    text = " ".join(text.split())
    try:
        at = datetime.fromisoformat(text)
        return Moment(at.date(), at if at.tzinfo else None)
    except ValueError:
        day = printed_date(text)
        return Moment(day) if day else None


def printed_date(text: str) -> date | None:
    """The first absolute date in a text."""
    found = []
    if match := _ISO.search(text):
        found.append((match.start(), match[1], match[3], match[4]))
    if match := _DAY_FIRST.search(text):
        found.append((match.start(), match[3], match[2], match[1]))
    if match := _MONTH_FIRST.search(text):
        found.append((match.start(), match[3], match[1], match[2]))
    for _, year, month, day in sorted(found):
        number = int(month) if month.isdigit() else _MONTHS.index(month.lower()) + 1
        try:
            return date(int(year), number, int(day))
        except ValueError:
            continue
    return None
