"""What is known of the posts in sentences of our own, each good only where the sentences that prove it stand.

A claim of the catalogue names its proof by fingerprints of the post's sentences: it holds for a text exactly when that
still says, word for word, what the claim was written from, at whatever address the blog was read. Claims say what a
post says in other words, so they help to find its sentences (compare Nogueira et al. 2019, "Document Expansion by Query
Prediction"), and they are wordings for a model that cannot word an answer itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from warehouse.catalogue import claims_of
from warehouse.quotes import CODE, Quotable, fingerprint, quotable

_TEXTS = 500
"""Texts of which it is kept what they prove."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A claim, with what proves it in a text."""

    text: str
    quotes: tuple[str, ...]
    """Those that stand next to each other are one."""
    sentences: tuple[int, ...]
    """Numbers of the text's sentences that prove it, in the order of the catalogue."""


@lru_cache(_TEXTS)
def proven(slug: str, text: str) -> tuple[Proven, ...]:
    """The claims about a post that a text of it proves, in the order of the catalogue."""
    claims = claims_of(slug)
    if not claims:
        return ()
    wanted = {proof for claim in claims for proof in claim.proofs}
    found = {mark: one for one in quotable(text) if (mark := fingerprint(one.quote)) in wanted}
    return tuple(
        Proven(claim.text, _together(proofs), tuple(proof.sentence for proof in proofs))
        for claim in claims
        if len(proofs := [found[proof] for proof in claim.proofs if proof in found]) == len(claim.proofs)
    )


def _together(proofs: list[Quotable]) -> tuple[str, ...]:
    joined: list[str] = []
    for before, proof in zip((None, *proofs), proofs, strict=False):
        if before and before.quote in proof.quote:  # a short row of a table comes with those before it
            joined[-1] = proof.quote
        elif before and not proof.mark and before.mark != CODE and proof.sentence == before.sentence + 1:
            joined[-1] += f" {proof.quote}"
        else:
            joined.append(proof.quote)
    return tuple(joined)
