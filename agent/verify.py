"""Checking a stored answer's quotes again: no model, only the answer's own evidence and the stored blog."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from agent.answer import Citation, Evidence, find_quote
from warehouse.errors import QueryError
from warehouse.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class CheckedQuote:
    """One citation, checked."""

    quote: str
    url: str
    in_evidence: bool
    """Whether it stands in what the tools returned when the answer was made."""
    in_blog: bool
    """Whether it stands in the post as it is stored now."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of an answer's quotes."""

    question: str
    quotes: list[CheckedQuote]
    holds: bool
    """Whether every quote stands in the evidence; an answer without quotes holds."""
    note: str = ""


class _Stored(BaseModel):
    """The fields of `bounded ask --json` that matter here; others are passed over."""

    question: str
    snapshot: str
    citations: list[Citation]
    evidence: list[Evidence]


def verify(text: str, snapshot: Snapshot) -> Verification:
    """Checks the answer in `text`, a document that `bounded ask --json` printed.

    Raises QueryError when it is none.
    """
    try:
        stored = _Stored.model_validate(_document(text))
    except (ValidationError, ValueError) as error:
        raise QueryError("this is not an answer; give what `bounded ask --json` printed") from error
    quotes = [
        CheckedQuote(
            citation.quote,
            citation.url,
            in_evidence=find_quote(citation.quote, [e for e in stored.evidence if e.slug == citation.slug]) is not None,
            in_blog=find_quote(citation.quote, _sections(snapshot, citation.slug)) is not None,
        )
        for citation in stored.citations
    ]
    other = stored.snapshot != snapshot.manifest.id
    note = f"answered from snapshot {stored.snapshot}, checked against {snapshot.manifest.id}" if other else ""
    return Verification(stored.question, quotes, all(quote.in_evidence for quote in quotes), note)


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _sections(snapshot: Snapshot, slug: str) -> list[Evidence]:
    return [
        Evidence(post.slug, post.title, post.url_of(section), section.heading, section.anchor, text)
        for post in snapshot.warehouse.posts([slug])
        for section in post.sections
        for text in (section.text, section.markdown)
    ]
