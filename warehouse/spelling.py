"""Which known words a misspelt one may stand for."""

from __future__ import annotations

from collections.abc import Iterable

_SURE = 4
"""A word shorter than this is taken as it is: too many others are one letter away."""
_LONG = 7
"""From this length on, two letters may be wrong."""
_MOST = 3


def close_words(word: str, known: Iterable[tuple[str, int]]) -> list[str]:
    """The known words closest to a word, at most three, the most frequent of equals first.

    `known` are words with how often they occur. Distance is Damerau's (a swapped pair is one error): one, or two for a
    word of seven letters or more that nothing is closer to.
    """
    if len(word) < _SURE:
        return []
    most = 2 if len(word) >= _LONG else 1
    near = []
    for other, count in known:
        if abs(len(other) - len(word)) <= most and len(other) >= _SURE - 1:
            distance = _distance(word, other, most)
            if distance <= most:
                near.append((distance, -count, other))
    near.sort()
    return [other for distance, _, other in near[:_MOST] if distance == near[0][0]]


def _distance(one: str, other: str, most: int) -> int:
    """Optimal string alignment distance, or most + 1 once it is beyond."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, against in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return last[-1]
