"""A question with its posts and times recognised, ready for the recognisers of filters, orders and measures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.lexicon import Vocabulary
from agent.metadata.periods import Condition
from agent.metadata.post_names import Title
from agent.metadata.text import Text
from agent.metadata.times import Times

POST_NOUN = r"(?:posts?|articles?|notebooks?|pieces?|entry|entries|write-?ups?|blog posts?)"
ONE_POST = r"(?:blog post|post|article|notebook|piece|entry|write-?up|one)"
SUPERLATIVE = r"first|last|latest|newest|oldest|recent|longest|shortest|most|least|fewest|next|previous|other|others|same|earliest|single|average|typical|only|whole|very|biggest|smallest|tagged|lengthiest|final|middle|\d+\w*"
ONE_BY_RANK = rf"\b(?:longest|shortest|newest|latest|most recent|oldest|earliest|first|last|biggest) (?:[\w§-]+ ){{0,2}}?{ONE_POST}\b|\b{ONE_POST} (?:with|that has|having|containing) the (?:most|fewest|longest|shortest|highest|lowest)\b"
"""A post spoken of by its rank, "the longest post": what else is asked is asked of that one post."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A post spoken of: the SQL that gives its slug, and the titles it may mean when the name is unclear."""

    slug: str
    name: str
    meant: Sequence[Title] = ()

    @property
    def spoken(self) -> str:
        """How an answer calls it, so that it names no post beside those it found."""
        return "that post"


@dataclass(slots=True)
class Reading:
    """One question being read: its text, and what has been understood so far."""

    text: Text
    vocabulary: Vocabulary
    times: Times
    posts: list[Reference] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def left(self) -> str:
        return self.text.left

    def post(self, match: re.Match[str], group: int = 1) -> Reference:
        return self.posts[int(match[group])]

    def fork(self) -> Reading:
        """A copy to try one way of reading on."""
        text = Text("")
        text.quotes, text.left = self.text.quotes, self.text.left
        times = Times(text, self.times.today)
        times.times = self.times.times
        return Reading(text, self.vocabulary, times, list(self.posts), list(self.conditions), list(self.notes))

    def named(self, reference: Reference) -> str:
        """The placeholder of a post."""
        self.posts.append(reference)
        return f"p§{len(self.posts) - 1}"

    def where(self) -> str:
        return where(self.conditions)

    def about(self) -> str:
        return about(self.conditions)


def where(conditions: Sequence[Condition]) -> str:
    return " WHERE " + " AND ".join(condition.sql for condition in conditions) if conditions else ""


def about(conditions: Sequence[Condition]) -> str:
    return " and ".join(condition.words for condition in conditions)
