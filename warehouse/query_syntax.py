"""What people type into a search box beside words: "a phrase", -word, tag:, year:, since:, until:."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

_OPTION = re.compile(r'(?<!\S)(tag|year|since|until):(?:"([^"]*)"|(\S+))', re.IGNORECASE)
_EXCLUDED = re.compile(r"(?<!\S)-([^\W\d_]\w+)(?!\S)")
_PHRASE = re.compile(r'["“]([^"“”]*\s[^"“”]*)["”]')
_LATEX = re.compile(r"[\\$^=]")
_MOST_PHRASES = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A query taken apart; what cannot be read as an option is a word like any other."""

    text: str
    """All words to look for, those of the phrases included."""
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


def asked(query: str) -> Asked:
    """Any text is a query."""
    found = Asked("")

    def option(match: re.Match[str]) -> str:
        nonlocal found
        name, value = match[1].lower(), match[2] if match[2] is not None else match[3]
        if name == "tag":
            found = replace(found, tags=(*found.tags, value))
            return " "
        period = _period(value)
        if period is None:
            return match[0]
        first, last = period
        if name in ("year", "since"):
            found = replace(found, since=max(first, found.since or first))
        if name in ("year", "until"):
            found = replace(found, until=min(last, found.until or last))
        return " "

    text = _OPTION.sub(option, query) if ":" in query else query
    excluded: tuple[str, ...] = ()
    if "-" in text and not _LATEX.search(text):  # there a minus is a minus
        excluded = tuple(dict.fromkeys(_EXCLUDED.findall(text)))
        text = _EXCLUDED.sub(" ", text)
    return replace(found, text=text, phrases=tuple(_PHRASE.findall(text)[:_MOST_PHRASES]), excluded=excluded)


def _period(value: str) -> tuple[date, date] | None:
    """First and last day of a year, a month or a day; None for anything else."""
    parts = re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", value, re.ASCII)
    if parts is None:
        return None
    year, month, day = int(parts[1]), int(parts[2] or 0), int(parts[3] or 0)
    try:
        if day:
            return date(year, month, day), date(year, month, day)
        if month:
            after = date(year + month // 12, month % 12 + 1, 1)
            return date(year, month, 1), after - timedelta(days=1)
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        return None
