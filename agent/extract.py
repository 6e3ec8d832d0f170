"""Choosing the sentences of the evidence that answer a question, and telling when none do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.answer import Evidence, plain
from agent.lexicon import Vocabulary
from warehouse.sentences import sentence_spans

MAX_WORDS = 90
MAX_SENTENCES = 4
MIN_COVERAGE = 0.5
"""Share of the question's weight that the best post's passages must hold; below it the blog does not answer."""

_CUES: list[tuple[re.Pattern[str], re.Pattern[str]]] = [
    (re.compile(r"\bhow (?:many|much|long|large|big|often)\b|\bwhat (?:number|percentage|fraction|accuracy|value|score)\b|\baccuracy\b", re.I), re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|eighteen|twenty|hundred)\b", re.I)),
    (re.compile(r"\bwhen\b|\b(?:which|what) year\b", re.I), re.compile(r"\b(?:1[5-9]|20)\d\d")),
    (re.compile(r"\bwhy\b|\breason\b", re.I), re.compile(r"\b(?:because|since|so that|due to|therefore|thus|reason|hence|in order|otherwise|which means|this is)\b", re.I)),
    (re.compile(r"\bwhat (?:is|are|does)\b|\bdefine|\bdefinition|\bmeaning\b|\bstand for\b", re.I), re.compile(r"\b(?:is (?:a|an|the|called|defined|simply|just)|are (?:a|the|called)|means|refers to|defined as|stands for|known as|called)\b", re.I)),
    (re.compile(r"\bformula|\bequation|\bdefinition\b|\bderive|\bexpress", re.I), re.compile(r"\\\(|\$\$")),
    (re.compile(r"\bvs\.?\b|\bversus\b|\bdifferen|\bcompar|\bbetter\b|\brelated\b", re.I), re.compile(r"\b(?:whereas|while|unlike|compared|versus|than|instead|on the other hand|in contrast|difference|but)\b", re.I)),
    (re.compile(r"\bwho\b", re.I), re.compile(r"\b[A-Z][a-z]+ (?:[A-Z]\.? )?[A-Z][a-z]+|et al")),
    (re.compile(r"\bopinion|\bthink|\bstance|\bview|\badvice|\brecommend|\blike\b|\bany good\b|\bmake of\b", re.I), re.compile(r"\b(?:I|my|I'm|I'd|Keng)\b")),
]
_REFERENCE = re.compile(r"^\W*(?:\[\d+\]|Wikipedia|Previous posts?|arXiv|https?:)|\barXiv:", re.I)
_WHOLE = (".", "!", "?", ":", '"', ")", "”", "$$", ".*")
_DANGLING = re.compile(r"^(?:this|that|these|those|it|they|he|she|so|also|but|and|however|thus|then|here)\b", re.I)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence to quote, with the passage it stands in."""

    quote: str
    passage: Evidence
    score: float


def choose(question: str, evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[Chosen]:
    """The sentences that answer, best first in reading order, at most MAX_WORDS; empty when the evidence is weak."""
    weights = question_weights(question, vocabulary)
    if not weights or not evidence or coverage(weights, evidence, vocabulary) < MIN_COVERAGE:
        return []
    candidates = _candidates(question, weights, evidence, vocabulary)
    chosen: list[Chosen] = []
    words, covered = 0, set[str]()
    while candidates and len(chosen) < MAX_SENTENCES:
        # Each further sentence must bring words of the question that are not told yet, or stand in the same passage.
        gain, best, terms = max(
            ((one.score - 0.5 * sum(weights[t] for t in terms & covered), one, terms) for one, terms in candidates),
            key=lambda entry: entry[0],
        )
        candidates = [(one, terms_) for one, terms_ in candidates if one is not best]
        length = len(best.quote.split())
        if chosen and (gain < 0.35 * chosen[0].score or words + length > MAX_WORDS):
            if words + length > MAX_WORDS and gain >= 0.35 * chosen[0].score:
                continue
            break
        chosen.append(best)
        words += length
        covered |= terms
    return chosen


def question_weights(question: str, vocabulary: Vocabulary) -> dict[str, float]:
    """The question's words, as the index knows them, with how much each says."""
    return {term: vocabulary.rarity(term) for term in vocabulary.terms(question)}


def coverage(weights: dict[str, float], evidence: Sequence[Evidence], vocabulary: Vocabulary) -> float:
    """Share of the question's weight that the passages of one post hold together, for the best such post."""
    total = sum(weights.values())
    held: dict[str, set[str]] = {}
    for passage in evidence:
        terms = set(vocabulary.terms(f"{passage.title} {passage.heading} {passage.text}"))
        held.setdefault(passage.slug, set()).update(terms)
    best = max((sum(w for term, w in weights.items() if _held(term, terms)) for terms in held.values()), default=0.0)
    return best / total if total else 0.0


def _held(term: str, terms: set[str]) -> bool:
    return term in terms or (len(term) > 3 and any(_near(term, other) for other in terms))


def _near(one: str, other: str) -> bool:
    """At most one edit apart (two for long words): a misspelling of the same word."""
    if abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    limit = 1 if len(one) < 8 else 2
    return _edits(one, other, limit) <= limit


def _edits(one: str, other: str, limit: int) -> int:
    previous = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (a != b)))
        if min(row) > limit:
            return limit + 1
        previous = row
    return previous[-1]


def sentences_of(passage: Evidence) -> list[str]:
    """The sentences of a passage that can be quoted: whole, of a sensible length, no references or code."""
    found = []
    for start, end in sentence_spans(passage.text):
        quote = passage.text[start:end]
        whole = quote.endswith(_WHOLE) and "```" not in quote
        if whole and 4 <= len(quote.split()) <= MAX_WORDS and not _REFERENCE.search(quote):
            found.append(plain(quote))
    return found


def _candidates(
    question: str, weights: dict[str, float], evidence: Sequence[Evidence], vocabulary: Vocabulary
) -> list[tuple[Chosen, set[str]]]:
    wanted = [answer for asked, answer in _CUES if asked.search(question)]
    found: list[tuple[Chosen, set[str]]] = []
    seen: set[str] = set()
    for rank, passage in enumerate(evidence):
        heading = set(vocabulary.terms(f"{passage.title} {passage.heading}"))
        for quote in sentences_of(passage):
            if quote in seen:
                continue
            seen.add(quote)
            own = set(vocabulary.terms(quote))
            terms = {term for term in weights if _held(term, own)}
            about = {term for term in weights if term in heading} - terms
            score = sum(weights[term] for term in terms) + 0.4 * sum(weights[term] for term in about)
            if score <= 0 or not terms:
                continue
            score *= 1.0 + 0.25 * sum(bool(answer.search(quote)) for answer in wanted)
            score *= 0.85 if _DANGLING.match(quote) else 1.0
            score *= 0.6 if quote.endswith((":", "?")) else 1.0
            score *= 1.0 / (1.0 + 0.12 * rank)
            found.append((Chosen(quote, passage, score), terms))
    return found
