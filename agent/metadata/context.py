"""What stands around a question and asks nothing: "I have an hour left. How many posts are under 1000 words?"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.lexicon import Vocabulary
from agent.metadata.filters import read_filters, topic
from agent.metadata.grouping import grouping
from agent.metadata.marking import read
from agent.metadata.orders import sorting, superlative
from agent.metadata.text import search

_BREAK = re.compile(r"(?<=[.?!;:])\s+|,\s+|\s+[–—-]+\s+")
_MAX_CLAUSES = 8
_LEANS = r"\b(?:it|its|they|them|their|those|these|such|ones?|which of|instead)\b"
"""A question with such a word asks of what was said before it."""
_NARROWS = r"\b(?:only|not|no|never|without|except|but|excluding|ignoring|counting|first|last|since|before|after|old|new|long|short|more|fewer|less|than|or)\b|\d"
_SPEAKER = r"\b(?:i|we|my|our|me|us|you|your)\b"
"""Who asks speaks of himself; a clause of a subject alone may be what the question is about."""
_ASKS = r"^ (?:and |or )?(?:how|which|what|who|when|where|why|is|are|was|were|do|does|did|has|have|can|could|would|list|show|give|name|count|plot|chart|graph|sort|order)\b"


def alone(question: str, vocabulary: Vocabulary) -> Iterator[str]:
    """The question without the clauses before or after it that ask nothing and narrow nothing down, "I have an hour left"; longest first."""
    breaks = [match for match in _BREAK.finditer(question) if question[: match.start()].count('"') % 2 == 0]
    if not 1 <= len(breaks) < _MAX_CLAUSES:
        return
    for match in breaks:
        if not _idle(question[: match.start()], vocabulary):
            break
        yield from _unless_it_leans(question[match.end() :])
    for match in reversed(breaks):
        if not _idle(question[match.end() :], vocabulary):
            break
        yield from _unless_it_leans(question[: match.start()])


def _unless_it_leans(question: str) -> Iterator[str]:
    if search(_LEANS, question.lower()) is None:
        yield question


def _idle(clause: str, vocabulary: Vocabulary) -> bool:
    """Whether a clause neither asks nor names, filters, ranks or groups anything."""
    reading = read(clause, vocabulary)
    if (
        search(_SPEAKER, f" {clause.lower()} ") is None
        or reading.posts
        or reading.times.times
        or reading.text.quotes
        or "?" in clause
    ):
        return False
    if search(_NARROWS, reading.left) or search(_ASKS, reading.left):
        return False
    read_filters(reading)
    narrowed = reading.conditions or topic(reading) or sorting(reading) or superlative(reading) or grouping(reading)
    return not narrowed
