"""Which known words a misspelt one may stand for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SURE = 4
"""A word shorter than this is taken as it is: too many others are one letter away."""
_LONG = 7
"""From this length on, two letters may be wrong."""
_MOST = 3


Known = Mapping[int, Mapping[str, int]]
"""Words with how often they occur, by their length."""


def by_length(words: Iterable[tuple[str, int]]) -> Known:
    """Those of the words, given with how often they occur, that others may be misspellings of."""
    known: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for word, count in words:
        if len(word) >= _SURE - 1:
            known[len(word)][word] = count
    return dict(known)


def close_words(word: str, known: Known) -> list[str]:
    """The known words closest to a word, at most three, the most frequent of equals first.

    Distance is optimal string alignment (a swapped pair is one error): one, or two for a word of seven letters or more
    that nothing is closer to.
    """
    if len(word) < _SURE:
        return []
    most = 2 if len(word) >= _LONG else 1
    near = []
    for length in range(len(word) - most, len(word) + most + 1):
        words = known.get(length, {})
        found = process.extract(word, words.keys(), scorer=OSA.distance, score_cutoff=most, limit=None)
        near += [(distance, -words[other], other) for other, distance, _ in found]
    near.sort()
    return [other for distance, _, other in near[:_MOST] if distance == near[0][0]]
