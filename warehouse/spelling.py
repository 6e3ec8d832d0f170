"""Which known words a misspelt one may stand for."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

_SURE = 4
"""A word shorter than this is taken as it is: too many others are one letter away."""
_LONG = 7
"""From this length on, two letters may be wrong."""
_MOST = 3


def close_words(word: str, known: Iterable[tuple[str, int]]) -> list[str]:
    """The known words closest to a word, at most three, the most frequent of equals first.

    `known` are words with how often they occur. Distance is optimal string alignment (a swapped pair is one error):
    one, or two for a word of seven letters or more that nothing is closer to.
    """
    if len(word) < _SURE:
        return []
    most = 2 if len(word) >= _LONG else 1
    near = []
    for other, count in known:
        if abs(len(other) - len(word)) <= most and len(other) >= _SURE - 1:
            distance = OSA.distance(word, other, score_cutoff=most)
            if distance <= most:
                near.append((distance, -count, other))
    near.sort()
    return [other for distance, _, other in near[:_MOST] if distance == near[0][0]]
