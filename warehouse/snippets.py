"""The passage of a section to show for a query: whole sentences, verbatim."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from warehouse.sentences import Span, sentence_spans

_AGAIN = 0.3
"""What each further sentence with a word adds, beside 1 for the first."""
_TELLING = 1e-9
"""Below this, two runs say as much: the earlier one is shown."""


Sentences = Sequence[tuple[Span, frozenset[str]]]
"""Where the sentences of a text lie, and the terms of each."""


def sentences_of(text: str, terms: Callable[[str], Iterable[str]]) -> Sentences:
    """The sentences of a text; `terms` says how a text reads as terms."""
    return [((start, end), frozenset(terms(text[start:end]))) for start, end in sentence_spans(text)]


def snippet(text: str, sentences: Callable[[], Sentences], weights: Mapping[str, float], room: int) -> str:
    """The text itself if short, else the run of its whole sentences, up to `room`, that says most about the query.

    `weights` says what each term of the query tells.
    """
    if len(text) <= room:
        return text
    read = sentences()
    spans = [span for span, _ in read]
    held = [weights.keys() & terms for _, terms in read]
    said = dict.fromkeys(weights, 0)  # how many of the sentences first to last have a term
    best, chosen, last = -1.0, (0, 0), 0
    for first, (start, _) in enumerate(spans):
        while last < len(spans) and (last <= first or spans[last][1] - start <= room):
            for term in held[last]:
                said[term] += 1
            last += 1
        # A word counts in full once, a little each time it is said again.
        value = sum(weights[term] * (1 + _AGAIN * (times - 1)) for term, times in said.items() if times)
        if value > best + _TELLING:
            best, chosen = value, (start, spans[last - 1][1])
        for term in held[first]:
            said[term] -= 1
    start, end = chosen
    return _cut(text[start:end], 2 * room)


def _cut(text: str, limit: int) -> str:
    """A lone sentence may be longer than a snippet; an endless one is cut at a word."""
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0]
