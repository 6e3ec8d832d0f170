"""What a metadata question was understood to ask, or why it was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.metadata.query import Form, PostQuery
from agent.metadata.reading import Reference

CAN_ANSWER = (
    "I can answer how many, which, when, the longest, newest or most, totals and averages, by year, month, weekday or"
    " tag, about posts, tags, words, equations, code, figures, footnotes, sections and links."
)


@dataclass(frozen=True, slots=True)
class MetadataQuestion:
    """A question understood: its SQL, how to word the result, and whether the post found is then to be read."""

    sql: str
    form: Form
    unit: str
    about: str
    """The filters in words, "" for the whole blog."""
    then_read: bool = False
    notes: Sequence[str] = ()
    query: PostQuery | None = None
    """The same as filters, measure and order, for a follow-up to change."""
    post: Reference | None = None
    """The one post it is about, which a follow-up may call "it"."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A metadata question with words that no recogniser took, or with a name that fits several posts."""

    reason: str


def of_query(
    query: PostQuery, about: str, notes: Sequence[str] = (), *, post: Reference | None = None, then_read: bool = False
) -> MetadataQuestion:
    return MetadataQuestion(query.sql(), query.form, query.unit, about, then_read, notes, query, post)
