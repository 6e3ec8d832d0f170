"""What may be said of a passage: its sentences that can be quoted, and what is known of it in other words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.answer import Evidence
from warehouse.claims import proven
from warehouse.quotes import CODE, is_findable, quotable

MAX_WORDS = 98
"""Of an answer, and so of a sentence."""
_REFERENCE = re.compile(
    r"^\W*(?:\[\d+\]|\[[A-Z][\w+-]*\d{2,4}\w?\]|Wikipedia|Previous posts?|arXiv|https?:)|\barXiv:", re.I
)
_WHOLE = (".", "!", "?", '"', ")", "”", "$$", ".*")
CAPTION = re.compile(r"^(?:Figure|Table|Listing|Algorithm|Example) \d+:")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What may be said, with what proves it."""

    text: str
    quotes: tuple[str, ...]
    """As they stand in the passage; a sentence of the blog is its own quote."""

    @property
    def is_quote(self) -> bool:
        """Whether it is the blog's own sentence."""
        return self.quotes == (self.text,)

    def repeats(self, other: Sentence) -> bool:
        """Whether they are the same, or one restates the other."""
        return (
            other.text == self.text
            or any(other.text in quote for quote in self.quotes)
            or any(self.text in quote for quote in other.quotes)
        )


def sentences_of(passage: Evidence) -> list[Sentence]:
    """The sentences of a passage that can be quoted: whole, of a sensible length, no references, captions or code."""
    return [
        Sentence(one.quote, (one.quote,))
        for one in quotable(passage.text)
        if one.quote.endswith(_WHOLE)
        and 4 <= len(one.quote.split()) <= MAX_WORDS
        and CODE not in one.quote
        and is_findable(one.quote)
        and not (one.mark == CODE or _REFERENCE.search(one.mark + one.quote) or CAPTION.match(one.quote))
    ]


def claims_of(passage: Evidence) -> list[Sentence]:
    """What is known of the post in our own words, as far as the passage proves it."""
    return [Sentence(claim.text, claim.quotes) for claim in proven(passage.slug, passage.text)]
