"""What the words of a query stand for: acronyms written out, misspelt words, words written apart or as one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

import tantivy

from warehouse.index_schema import english_analyzer, plain_analyzer
from warehouse.spelling import Known, by_length, close_words

LONGEST_WORD = 40
"""Characters beyond which nothing is taken for a misspelt word: the automaton for it would be slow to build."""
_MAX_TERMS = 64
"""Distinct words of a query that are looked up; the rest is ignored, so that any query ends soon."""
_WORDS_KEPT = 4_096
"""Words of queries that are kept as understood."""
_LETTERS_KEPT = 32
"""Letters of which the words that begin with them are kept, to look for what a word may be a misspelling of."""

# Words that say how something is asked, not what about.
_ASKING = frozenset(
    "a about according all also am an and any are article articles as at author be been being blog brian but by"
    " can could did discuss discussed discusses do does done during explain for from give had has have he her him"
    " his how i if in into is it its just keng like me mention mentioned mentions my of on or our please post"
    " posts say says she should show so talk talking talks tell than that the their them then there these they"
    " this those to us using versus vs was we were what whats when where whether which while who whom whose why"
    " will with would you your".split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query and what it may stand for."""

    term: str
    """As the index knows it: folded and stemmed."""
    plain: str
    """Folded only."""
    close: tuple[str, ...] = ()
    """Terms of the words it may be a misspelling of; empty for a word the blog uses."""
    phrases: tuple[tuple[str, ...], ...] = field(default=())
    """Terms of what it is short for."""
    acronym: bool = False


class QueryWords:
    """Reads queries as one snapshot's index understands them."""

    def __init__(self, sections: tantivy.Searcher, names: Mapping[str, dict[str, list[str]]]) -> None:
        """`names` are the acronyms that the texts explain, and the initials of titles and headings."""
        self._sections = sections
        self._analyzer = english_analyzer()
        self._plain = plain_analyzer()
        self._explained = names["explained"]
        self._initials = names["initials"]
        self._word = lru_cache(_WORDS_KEPT)(self._understood)
        self._known = lru_cache(_LETTERS_KEPT)(self._beginning_with)
        self._acronym_of = {self.terms(long): short for short, longs in self._explained.items() for long in longs}

    def terms(self, text: str) -> tuple[str, ...]:
        """The words of a text as the index knows them, folded and stemmed."""
        return tuple(self._analyzer.analyze(text))

    def acronym_of(self, terms: Iterable[str]) -> str:
        """What the texts call the words for short, or ""."""
        return self._acronym_of.get(tuple(terms), "")

    def uses(self, plain: str) -> bool:
        """Whether any section holds the (folded) word."""
        return self._sections.doc_freq("plain", plain) > 0

    def read(self, query: str) -> list[Word]:
        """The words of a query, each with what else it may stand for."""
        written = " ".join(asked_words(query))
        words: dict[str, str] = {}
        for term, plain in zip(self._analyzer.analyze(written), self._plain.analyze(written), strict=True):
            words.setdefault(term, plain)
        return [self._word(term, plain) for term, plain in islice(words.items(), _MAX_TERMS)]

    def _understood(self, term: str, plain: str) -> Word:
        if len(plain) <= 6 and (longs := self._explained.get(plain)):
            return Word(term, plain, phrases=self._phrases(longs), acronym=True)
        if self.uses(plain):
            return Word(term, plain)
        if 2 < len(plain) <= 6 and (longs := self._initials.get(plain)):
            return Word(term, plain, phrases=self._phrases(longs), acronym=True)
        if len(plain) > LONGEST_WORD:
            return Word(term, plain)
        near = " ".join(close_words(plain, self._known(plain[0])))
        close = dict.fromkeys(part for part in self._analyzer.analyze(near) if part != term)
        phrases = [(plain[:cut], plain[cut:]) for cut in range(3, len(plain) - 2)]
        parts = tuple(
            tuple(self._analyzer.analyze(" ".join(both))) for both in phrases if all(self.uses(part) for part in both)
        )
        return Word(term, plain, tuple(close), parts)

    def _beginning_with(self, letter: str) -> Known:
        return by_length(self._sections.terms_with_prefix("plain", letter))

    def _phrases(self, longs: Iterable[str]) -> tuple[tuple[str, ...], ...]:
        return tuple(dict.fromkeys(tuple(self._analyzer.analyze(long)) for long in longs))[:3]


def asked_words(text: str) -> list[str]:
    """The distinct words of a text as written, those left out that only say how something is asked."""
    return [word for word in dict.fromkeys(re.findall(r"\w+", text)) if word.lower() not in _ASKING]
