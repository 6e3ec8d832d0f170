"""The passage of a section to show for a query: whole sentences, verbatim."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

_AGAIN = 0.3
"""What each further sentence with a word adds, beside 1 for the first."""
_TELLING = 1e-9
"""Below this, two runs say as much: the earlier one is shown."""

Held = tuple[float, Sequence[int]]
"""What a term of the query tells, and the numbers of the sentences that hold it."""


def snippet(text: str, starts: Sequence[int], ends: Sequence[int], held: Iterable[Held], room: int) -> str:
    """The run of whole sentences, up to `room`, that says most about the query, of a text longer than that.

    `starts` and `ends` are where the sentences of the text lie, in characters.
    """
    if not starts:
        return ""
    first = _first_of_best(starts, ends, held, room)
    last = max(first, bisect_right(ends, starts[first] + room) - 1)
    return _cut(text[starts[first] : ends[last]], 2 * room)


def _first_of_best(starts: Sequence[int], ends: Sequence[int], held: Iterable[Held], room: int) -> int:
    """The first sentence of the run that says most.

    Of the runs that reach a sentence with a word, the longest holds most: only those are looked at, in their order.
    """
    weights, found = [], []
    for term, (weight, numbers) in enumerate(held):
        weights.append(weight)
        found += [(number, term) for number in numbers]
    found.sort()
    said = [0] * len(weights)  # how many of the sentences of the run have a term
    value, best, chosen = 0.0, _TELLING, 0
    first = left = 0
    reached = -1
    for number, term in found:
        if number != reached:
            reached, first = number, min(number, bisect_left(starts, ends[number] - room))
            while found[left][0] < first:
                gone = found[left][1]
                left += 1
                said[gone] -= 1
                value -= weights[gone] * (_AGAIN if said[gone] else 1.0)
        # A word counts in full once, a little each time it is said again.
        value += weights[term] * (_AGAIN if said[term] else 1.0)
        said[term] += 1
        if value > best:
            best, chosen = value + _TELLING, first
    return chosen


def _cut(text: str, limit: int) -> str:
    """A lone sentence may be longer than a snippet; an endless one is cut at a word."""
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0]
