"""The passage of a section to show for a query: whole sentences, verbatim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from warehouse.sentences import sentence_spans

_AGAIN = 0.3
"""What each further sentence with a word adds, beside 1 for the first."""
_TELLING = 1e-9
"""Below this, two runs say as much: the earlier one is shown."""


def snippet(text: str, weights: Mapping[str, float], room: int, terms: Callable[[str], list[str]]) -> str:
    """The text itself if short, else the run of whole sentences, up to `room`, that says most about the query.

    `weights` says what each term of the query tells, `terms` how a text reads as terms.
    """
    if len(text) <= room:
        return text
    spans = list(sentence_spans(text))
    held = [weights.keys() & set(terms(text[start:end])) for start, end in spans]
    said = Counter[str]()  # the terms of the sentences first to last
    best, chosen, last = -1.0, (0, 0), 0
    for first, (start, _) in enumerate(spans):
        while last < len(spans) and (last <= first or spans[last][1] - start <= room):
            said.update(held[last])
            last += 1
        # A word counts in full once, a little each time it is said again.
        value = sum(weights[term] * (1 + _AGAIN * (times - 1)) for term, times in said.items() if times)
        if value > best + _TELLING:
            best, chosen = value, (start, spans[last - 1][1])
        said.subtract(held[first])
    start, end = chosen
    return _cut(text[start:end], 2 * room)


def _cut(text: str, limit: int) -> str:
    """A lone sentence may be longer than a snippet; an endless one is cut at a word."""
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0]
