"""Which section of a post is meant by an anchor, a number or a heading, written as people write them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from tools.naming import folded
from warehouse.errors import UnknownPost
from warehouse.records import Section

_NUMBER = re.compile(r"(?:(?:section|sec\.?|chapter|part|§)\s*)?(\d+(?:\.\d+)*)\.?", re.I)
_NEAR = 0.75
"""Similarity (difflib's ratio) from which a misspelt heading is taken for the one it resembles."""


def named_section(sections: Sequence[Section], name: str, slug: str) -> tuple[Section, ...]:
    """The section of that anchor, number or heading, with its subsections.

    Raises UnknownPost with the headings there are when none, or more than one, fits.
    """
    text = unquote(name.strip().lstrip("#")).strip()
    numbers = section_numbers(sections)
    number = _NUMBER.match(text)
    heading = folded(text[number.end() :]) if number else folded(text)
    ways: list[Callable[[Section], bool]] = [
        lambda s: s.anchor != "" and s.anchor.casefold() == text.casefold(),
        lambda s: folded(s.heading) == folded(text),
        lambda s: number is not None and not heading and numbers.get(s.position) == number[1],
        lambda s: heading != "" and heading == folded(s.heading),
        lambda s: heading != "" and heading in folded(s.heading),
        lambda s: difflib.SequenceMatcher(None, heading, folded(s.heading)).ratio() >= _NEAR,
    ]
    headed = [section for section in sections if section.heading]
    for is_meant in ways if folded(text) else []:
        found = [section for section in headed if is_meant(section)]
        if number and len(found) > 1:
            found = [section for section in found if numbers[section.position] == number[1]] or found
        if len({folded(section.heading) for section in found}) > 1:
            raise UnknownPost(f"{name!r} may be one of several sections of {slug}: {_listed(found, numbers)}")
        if found:
            return with_subsections(sections, found[0])
    raise UnknownPost(f"{slug} has no section {name!r}; its sections are {_listed(headed, numbers)}")


def addressed_section(sections: Sequence[Section], fragment: str) -> tuple[Section, ...]:
    """The section that an address with this #fragment jumps to, with its subsections; none when it is elsewhere."""
    for section in sections if fragment else ():
        if section.heading and fragment in (section.anchor, unquote(section.fragment)):
            return with_subsections(sections, section)
    return ()


def with_subsections(sections: Sequence[Section], first: Section) -> tuple[Section, ...]:
    """A section and those below it, in order."""
    end = next((s.position for s in sections if s.position > first.position and s.level <= first.level), None)
    return tuple(sections[first.position : end])


def section_numbers(sections: Sequence[Section]) -> dict[int, str]:
    """Position to number as a reader counts: "3.2" is the second subsection of the third section."""
    counters: list[tuple[int, int]] = []
    numbers = {}
    for section in sections:
        if not section.heading:
            continue
        while counters and counters[-1][0] > section.level:
            counters.pop()
        if counters and counters[-1][0] == section.level:
            counters[-1] = (section.level, counters[-1][1] + 1)
        else:
            counters.append((section.level, 1))
        numbers[section.position] = ".".join(str(count) for _, count in counters)
    return numbers


def _listed(sections: Sequence[Section], numbers: dict[int, str]) -> str:
    return ", ".join(f"{numbers[s.position]} {s.heading!r}" for s in sections) or "none"
