"""Terms of the blog's field and of those around it, to tell when a question is about one that no post has.

A question about a topic of its own ("propensity score") may find much of each of its words in posts about others.
`glossary.txt` has one term a line; which of them the blog covers is looked up in the blog, never stored.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from importlib.resources import files

from agent.lexicon import Vocabulary

_BEGIN = 3
"""Letters by which terms are found: word forms differ at their end."""
_APART = 1
"""Words that may stand inside a term: "Euler's method" is the Euler method, Black-Scholes-Merton Black-Scholes."""


def absent_terms(question: str, vocabulary: Vocabulary) -> list[tuple[str, ...]]:
    """The known terms in a question, as words of the index, that stand nowhere in the blog."""
    asked = vocabulary.terms(question)
    begins = {word[:_BEGIN].casefold() for word in re.findall(r"\w+", question)}
    known: dict[tuple[str, ...], int] = {}
    for named in (term for begin in begins for term in _by_begin().get(begin, ())):
        words = tuple(vocabulary.terms(named))
        left_out = len(named.split()) - len(words)  # such as "of"
        known[words] = max(known.get(words, 0), left_out)
    return [
        term
        for term, between in sorted(known.items())
        if term
        and any(tuple(asked[at : at + len(term)]) == term for at in range(len(asked) - len(term) + 1))
        and not vocabulary.has_phrase(term, between + _APART)
    ]


@cache
def _by_begin() -> dict[str, list[str]]:
    terms: dict[str, list[str]] = defaultdict(list)
    for term in files("agent").joinpath("glossary.txt").read_text(encoding="utf-8").splitlines():
        terms[re.split(r"\W+", term, maxsplit=1)[0][:_BEGIN].casefold()].append(term)
    return dict(terms)
