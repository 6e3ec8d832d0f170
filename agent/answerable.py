"""Whether the evidence found for a question can answer it at all, judged by what of the question it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from itertools import chain
from operator import mul

from agent.answer import Evidence
from agent.glossary import absent_terms
from agent.lexicon import Vocabulary
from agent.scope import distance
from warehouse.claims import proven
from warehouse.sentences import sentence_spans
from warehouse.static_embeddings import embedded, similarity

UNKNOWN = 1.2
"""Weight of a question word that no post uses: more than any that one does."""
_READ = 5
"""Passages whose sentences are looked at one by one."""
_MOST_WORDS = 12
_NEAR = -1.0
"""Distance from which on a question may ask for something else than reading."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for and against the evidence answering a question; shares are of the question's weight, 0 to 1."""

    one_post: float
    """Share that one post's passages hold together."""
    first: float
    """Share that the first passage holds: topics the blog does not cover are gathered from bits of several."""
    sentence: float
    """Share that the fullest sentence holds."""
    near: float
    """Cosine of the question and the sentence that is nearest to it in meaning."""
    unknown_name: float
    """1 when the question has a name that no post mentions."""
    absent_term: float
    """Share of the question that known terms make up which no post has ("propensity score")."""
    words: float
    """Of the question, at most 12: a long one has more that no passage needs."""
    beyond: float
    """How close the question comes to asking for something else than reading, from 0 (see `agent.scope.distance`)."""


# Linear rules, fitted by `bench/answerable.py`: what 1 of each sign adds. Above 0 a question is answered.
FULL_TEXT = (Signs(1.55, 1.51, 2.46, 1.46, -4.12, -6.70, 0.25, -2.17), -3.29)
"""For posts that no claims are known of; fitted with word vectors that had learnt no questions about them."""
CLAIMS = (Signs(1.43, 1.01, 1.54, 5.52, -4.16, -6.84, 0.22, -1.86), -4.52)
"""For evidence whose posts are known in claims, the built-in catalogue's among them."""


def is_answerable(
    question: str, weights: dict[str, float], evidence: Sequence[Evidence], vocabulary: Vocabulary
) -> bool:
    """Whether the evidence is strong enough to quote from; `weights` are the question's, see `question_weights`."""
    if not weights or not evidence:
        return False
    told = in_claims(evidence)
    rule, start = CLAIMS if vocabulary.only_summaries or told != evidence else FULL_TEXT
    found = signs(question, weights, told, vocabulary, distance(question))
    strength: float = start + sum(map(mul, astuple(rule), astuple(found)))
    return strength > 0


def in_claims(evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """The evidence with what is known of the posts in our own words, as far as it proves that, in place of its texts:
    what they say besides tells less of what they are about."""
    claims = [proven(passage.slug, passage.text) for passage in evidence]
    return [
        replace(passage, text="\n".join(claim.text for claim in known)) if known else passage
        for passage, known in zip(evidence, claims, strict=True)
    ]


def signs(
    question: str, weights: dict[str, float], evidence: Sequence[Evidence], vocabulary: Vocabulary, far: float
) -> Signs:
    """What speaks for and against; there must be evidence. `far` is the question's distance from reading."""

    def share(*texts: str) -> float:
        return _share(weights, set(vocabulary.terms(" ".join(texts))))

    sentences = [passage.text[start:end] for passage in evidence[:_READ] for start, end in sentence_spans(passage.text)]
    asked = embedded(question)
    return Signs(
        one_post=coverage(weights, evidence, vocabulary),
        first=share(evidence[0].title, evidence[0].heading, evidence[0].text),
        sentence=max(map(share, sentences), default=0.0),
        near=max((similarity(asked, embedded(sentence)) for sentence in sentences), default=0.0),
        unknown_name=float(bool(names_unknown(question, vocabulary))),
        absent_term=sum(weights[term] for term in {*chain(*absent_terms(question, vocabulary))} if term in weights)
        / sum(weights.values()),
        words=float(min(_MOST_WORDS, len(weights))),
        beyond=max(0.0, far - _NEAR),
    )


def _share(weights: dict[str, float], terms: set[str]) -> float:
    return sum(weights[term] for term in terms.intersection(weights)) / sum(weights.values())


def names_unknown(question: str, vocabulary: Vocabulary) -> list[str]:
    """Names in the question (words with a capital) that no post ever mentions, nor anything spelt like them."""
    words = re.findall(r"[^\W_]+(?:'\w+)?", question)
    shouted = sum(word.isupper() for word in words) > len(words) / 2
    unknown = []
    for word in words:
        name = re.search(r"[A-Z]", word) is not None
        if shouted or not name or vocabulary.acronym(word):
            continue
        terms = vocabulary.terms(word)
        if terms and not any(vocabulary.knows(term) or vocabulary.misspells(term) for term in terms):
            unknown.append(word)
    return unknown


def question_weights(question: str, vocabulary: Vocabulary) -> dict[str, float]:
    """The question's words, as the index knows them, with how much each says; one no post uses says most."""
    return {term: vocabulary.rarity(term) if vocabulary.knows(term) else UNKNOWN for term in vocabulary.meant(question)}


def coverage(weights: dict[str, float], evidence: Sequence[Evidence], vocabulary: Vocabulary) -> float:
    """Share of the question's weight that the passages of one post hold together, for the best such post."""
    total = sum(weights.values())
    of_post: dict[str, set[str]] = {}
    for passage in evidence:
        terms = set(vocabulary.terms(f"{passage.title} {passage.heading} {passage.text}"))
        of_post.setdefault(passage.slug, set()).update(terms)
    best = max((sum(weights[t] for t in terms.intersection(weights)) for terms in of_post.values()), default=0.0)
    return best / total if total else 0.0
