"""Choosing the sentences of the evidence that answer a question, and telling when none do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from agent.answer import Evidence
from agent.lexicon import Vocabulary
from agent.sentences import CAPTION, MAX_WORDS, Sentence, claims_of, sentences_of
from agent.worth import DANGLING, Candidate, candidates, count_words, length

OTHER = 0.85
"""What a sentence of another post than the main one is worth, as a share."""
KEEP = 0.3
"""A further sentence must be worth this share of the first ..."""
KEEP_OWN = 0.6
"""... and the post's own, where claims say what it says, this one."""

MOST_POSTS = 4
"""Posts that are named when posts are asked for."""
MOST_OF_A_POST = 45
"""Words of one of them."""
KEEP_POST = 0.7
"""A further one must be worth this share of the first."""

MOST_TOLD = 7
"""Sentences that say what a post is about."""
AGAIN = 0.3
"""What each further sentence of a section counts for that."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence to say, with the passage that holds its quotes."""

    sentence: Sentence
    passage: Evidence


def choose(question: str, evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[Chosen]:
    """The sentences that answer: the best one, then the next best while there is room.

    At most MAX_WORDS in all, the best leading and others in reading order; empty when the evidence is weak.
    """
    known = candidates(question, evidence, vocabulary)
    return _in_order(_picked(known, _main_post(known), MAX_WORDS))


def by_post(question: str, evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[Chosen]:
    """What each post that speaks of it says, in a few sentences: for questions that ask which posts or where.

    At most MAX_WORDS in all, titles included, the post that says most first; empty when the evidence is weak.
    """
    of_post: dict[str, list[Candidate]] = {}
    for candidate in candidates(question, evidence, vocabulary):
        of_post.setdefault(candidate.passage.slug, []).append(candidate)
    chosen: list[Chosen] = []
    ranked = sorted(of_post.values(), key=_best, reverse=True)[:MOST_POSTS]
    room = MAX_WORDS
    for known in ranked:
        room -= count_words(known[0].passage.title) + 1
        if _best(known) < KEEP_POST * _best(ranked[0]):
            break
        picked = _picked(known, known[0].passage.slug, min(room, MOST_OF_A_POST))
        chosen += _in_order(picked)
        room -= sum(one.words for one in picked)
    return chosen


def _best(known: Sequence[Candidate]) -> float:
    return max(one.worth() for one in known)


def _main_post(known: Sequence[Candidate]) -> str:
    """The post the question is about: the one whose passages together are worth most."""
    best: dict[tuple[str, int], float] = {}
    for one in known:
        passage = (one.passage.slug, one.place[0])
        best[passage] = max(best.get(passage, 0.0), one.worth())
    worth: dict[str, float] = {}
    for (slug, _), value in best.items():
        worth[slug] = worth.get(slug, 0.0) + value
    return max(worth, key=lambda slug: worth[slug], default="")


def _picked(known: Sequence[Candidate], main: str, room: int) -> list[Candidate]:
    """The best candidate, then what is best beside those picked, while there is room for it; nothing twice."""
    picked: list[Candidate] = []
    said: set[str] = set()
    first = 0.0
    left = [(one, 1.0 if one.passage.slug == main else OTHER) for one in known]
    while True:
        places = {one.place for one in picked}
        worths = [
            (share * one.worth(said, beside=not places.isdisjoint(one.neighbours)), one)
            for one, share in left
            if one.words <= room
        ]
        kept = [(worth, one) for worth, one in worths if worth > (KEEP_OWN if one.is_restated else KEEP) * first]
        if not kept:
            return picked
        worth, best = max(kept, key=itemgetter(0))
        first = first or worth
        picked.append(best)
        said |= best.told.union(best.says)
        room -= best.words
        left = [(one, share) for one, share in left if not one.sentence.repeats(best.sentence)]


def _in_order(picked: Sequence[Candidate]) -> list[Chosen]:
    """The best first, where it can lead; then by passages, as first picked, claims before others, in reading order."""
    order = list(dict.fromkeys(one.place[0] for one in picked))
    lead = picked[0].place if picked and _stands_alone(picked[0], picked) else None
    ranked = sorted(picked, key=lambda one: (one.place != lead, order.index(one.place[0]), one.place))
    return [Chosen(one.sentence, one.passage) for one in ranked]


def _stands_alone(one: Candidate, picked: Sequence[Candidate]) -> bool:
    """Whether it needs none of the others before it: a claim never does."""
    before, _ = one.neighbours
    follows = DANGLING.match(one.sentence.text) or before in {other.place for other in picked}
    return not (one.sentence.is_quote and follows)


def gist(evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[Chosen]:
    """What a post is about: of each section what holds most of the post's own words, best sections first.

    A word is the post's own by how often it says it and how rare it is elsewhere (Luhn 1958, with inverse frequency).
    """
    counts = Counter(term for passage in evidence for term in vocabulary.terms(passage.text))
    own = {term: vocabulary.rarity(term) * min(count, 5) for term, count in counts.items() if count > 1}
    own.update({term: 5.0 for term in vocabulary.terms(evidence[0].title)} if evidence else {})
    rated: list[tuple[float, int, int, Chosen]] = []
    for position, passage in enumerate(evidence):
        first = 1.5 if position == 0 or re.search(r"conclusion|summary", passage.heading, re.I) else 1.0
        sentences = claims_of(passage) or sentences_of(passage)
        telling = [(_telling(one.text, own, vocabulary) * first, order, one) for order, one in enumerate(sentences)]
        best = sorted(telling, key=lambda entry: -entry[0])[:MOST_TOLD]
        # A section's next sentence when the others have had their say.
        rated += [
            (score * AGAIN**rank, position, order, Chosen(one, passage))
            for rank, (score, order, one) in enumerate(best)
        ]
    chosen: list[tuple[int, int, Chosen]] = []
    room = MAX_WORDS
    for _, position, order, one in sorted(rated, key=lambda entry: -entry[0]):
        words = length(one.sentence)
        if words <= room and len(chosen) < MOST_TOLD:
            chosen.append((position, order, one))
            room -= words
    return [one for _, _, one in sorted(chosen, key=lambda entry: entry[:2])]


def _telling(quote: str, own: dict[str, float], vocabulary: Vocabulary) -> float:
    score = sum(own.get(term, 0.0) for term in vocabulary.terms(quote)) / (9.0 + count_words(quote))
    if DANGLING.match(quote) or CAPTION.match(quote) or quote.endswith(("?", "$$")):
        score *= 0.5
    return score * (0.7 if re.search(r"\b(?:I|I'm|I'll|my|me)\b", quote) else 1.0)
