"""Choosing the sentences of the evidence that answer a question, and telling when none do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.answer import Evidence, plain
from agent.answerable import held, is_answerable, question_weights
from agent.lexicon import Vocabulary
from warehouse.sentences import sentence_spans
from warehouse.static_embeddings import Vector, embedded, similarity

MAX_WORDS = 98
ABOVE = 0.5
"""What a question word counts in a sentence whose title or heading already has it: the rest is what is asked."""
HEADING = 0.3
"""What a question word in the passage's title or heading counts, beside 1 for one in the sentences."""
CUE = 0.1
"""What each sign of the wanted kind of answer (a number, a year, a reason ...) adds to a run's value, as a share."""
NEAR = 0.4
"""What a run that means what the question does is worth, as a share of the question's weight; others by their cosine."""
RANK = 0.06
"""How fast the value of a passage falls with its rank."""
WORDS = 0.004
"""What a word costs: of two runs that tell the same, the shorter."""
KEEP = 0.1
"""A further run of the same post must be worth this share of the first ..."""
KEEP_OTHER = 0.6
"""... and one of another post this share."""

MOST_POSTS = 4
"""Posts that are named when posts are asked for."""
MOST_OF_A_POST = 45
"""Words of one of them."""
KEEP_POST = 0.6
"""A further one must be worth this share of the first."""

_CUES: list[tuple[re.Pattern[str], re.Pattern[str]]] = [
    (
        re.compile(
            r"\bhow (?:many|much|long|large|big|often)\b|\bwhat (?:number|percentage|fraction|accuracy|value|score)\b|\baccuracy\b",
            re.I,
        ),
        re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|\w+teen|\w+ty|hundred|thousand)\b", re.I),
    ),
    (re.compile(r"\bwhen\b|\b(?:which|what) year\b", re.I), re.compile(r"\b(?:1[5-9]|20)\d\d")),
    (
        re.compile(r"\bwhy\b|\breason\b", re.I),
        re.compile(
            r"\b(?:because|since|so that|due to|therefore|thus|reason|hence|in order|otherwise|which means|this is)\b",
            re.I,
        ),
    ),
    (
        re.compile(r"\bwhat (?:is|are|does)\b|\bdefine|\bdefinition|\bmeaning\b|\bstand for\b", re.I),
        re.compile(
            r"\b(?:is (?:a|an|the|called|defined|simply|just)|are (?:a|the|called)|means|refers to|defined as|stands for|known as|called)\b",
            re.I,
        ),
    ),
    (re.compile(r"\bformula|\bequation|\bdefinition\b|\bderive|\bexpress", re.I), re.compile(r"\\\(|\$\$")),
    (
        re.compile(r"\bvs\.?\b|\bversus\b|\bdifferen|\bcompar|\bbetter\b|\brelated\b", re.I),
        re.compile(
            r"\b(?:whereas|while|unlike|compared|versus|than|instead|on the other hand|in contrast|difference|but)\b",
            re.I,
        ),
    ),
    (re.compile(r"\bwho\b", re.I), re.compile(r"\b[A-Z][a-z]+ (?:[A-Z]\.? )?[A-Z][a-z]+|et al")),
    (
        re.compile(r"\bopinion|\bthink|\bstance|\bview|\badvice|\brecommend|\blike\b", re.I),
        re.compile(r"\b(?:I|my|I'm|I'd|Keng)\b"),
    ),
]
_REFERENCE = re.compile(
    r"^\W*(?:\[\d+\]|\[[A-Z][\w+-]*\d{2,4}\w?\]|Wikipedia|Previous posts?|arXiv|https?:)|\barXiv:", re.I
)
_LIST_MARK = re.compile(r"^(?:[-*>•]|\d+\.)\s+")
_WHOLE = (".", "!", "?", '"', ")", "”", "$$", ".*")
_CAPTION = re.compile(r"^(?:Figure|Table|Listing|Algorithm|Example) \d+:")
_DANGLING = re.compile(r"^(?:this|that|these|those|it|they|he|she|so|also|but|and|however|thus|then|here)\b", re.I)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence to quote, with the passage it stands in."""

    quote: str
    passage: Evidence


def choose(question: str, evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[Chosen]:
    """The sentences that answer: the best run of them, then the next best while there is room.

    At most MAX_WORDS in all, in reading order within a passage; empty when the evidence is weak.
    """
    scored = _scored(question, evidence, vocabulary)
    main = _main_post(scored, evidence)
    chosen: list[tuple[int, int]] = []
    told: set[str] = set()
    room, first_score = MAX_WORDS, 0.0
    while room > 0:
        runs = [run for one in scored for run in one.runs(room, told, chosen)]
        of_main = [run for run in runs if evidence[run[1]].slug == main and run[0] >= KEEP * first_score]
        of_others = [run for run in runs if run[0] >= KEEP_OTHER * first_score and first_score]
        best = max(of_main + of_others, default=None)
        if best is None or best[0] <= 0:
            break
        score, rank, start, end = best
        first_score = first_score or score
        chosen += [(rank, index) for index in range(start, end)]
        told |= set().union(*(scored[rank].terms[index] for index in range(start, end)))
        room -= sum(scored[rank].words[index] for index in range(start, end))
    return [Chosen(scored[rank].quotes[index], evidence[rank]) for rank, index in _in_order(chosen)]


def by_post(question: str, evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[Chosen]:
    """What each post that speaks of it says, in one run of sentences: for questions that ask which posts or where.

    At most MAX_WORDS in all, titles included, the post that says most first; empty when the evidence is weak.
    """
    scored = _scored(question, evidence, vocabulary)
    best: dict[str, tuple[float, int, int, int]] = {}
    for run in (run for one in scored for run in one.runs(MOST_OF_A_POST, set(), [])):
        slug = evidence[run[1]].slug
        best[slug] = max(run, best.get(slug, run))
    chosen: list[Chosen] = []
    room, ranked = MAX_WORDS, sorted(best.values(), reverse=True)
    for score, rank, start, end in ranked[:MOST_POSTS]:
        words = sum(scored[rank].words[start:end]) + _length(evidence[rank].title) + 1
        if score >= KEEP_POST * ranked[0][0] and words <= room:
            chosen += [Chosen(quote, evidence[rank]) for quote in scored[rank].quotes[start:end]]
            room -= words
    return chosen


def _scored(question: str, evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[_Scored]:
    """The passages with what each holds of the question; none when they are too weak to answer."""
    weights = question_weights(question, vocabulary)
    if not is_answerable(question, weights, evidence, vocabulary):
        return []
    wanted = [answer for asked, answer in _CUES if asked.search(question)]
    asked = _Asked(weights, embedded(question), wanted, vocabulary)
    return [_Scored(rank, passage, asked) for rank, passage in enumerate(evidence)]


def _main_post(scored: Sequence[_Scored], evidence: Sequence[Evidence]) -> str:
    """The post the question is about: the one whose passages together are worth most."""
    worth: dict[str, float] = {}
    for one in scored:
        best = max((run[0] for run in one.runs(MAX_WORDS, set(), [])), default=0.0)
        slug = evidence[one.rank].slug
        worth[slug] = worth.get(slug, 0.0) + best
    return max(worth, key=lambda slug: worth[slug], default="")


def gist(evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[Chosen]:
    """What a post is about: of each section the sentence that holds most of the post's own words, best sections first.

    A word is the post's own by how often it says it and how rare it is elsewhere (Luhn 1958, with inverse frequency).
    """
    counts = Counter(term for passage in evidence for term in vocabulary.terms(passage.text))
    own = {term: vocabulary.rarity(term) * min(count, 5) for term, count in counts.items() if count > 1}
    own.update({term: 5.0 for term in vocabulary.terms(evidence[0].title)} if evidence else {})
    best: list[tuple[float, int, Chosen]] = []
    for position, passage in enumerate(evidence):
        rated = [(_telling(quote, own, vocabulary), quote) for quote in sentences_of(passage)]
        if rated:
            score, quote = max(rated)
            first = 1.5 if position == 0 or re.search(r"conclusion|summary", passage.heading, re.I) else 1.0
            best.append((score * first, position, Chosen(quote, passage)))
    chosen: list[tuple[int, Chosen]] = []
    room = MAX_WORDS
    for _, position, one in sorted(best, key=lambda entry: -entry[0]):
        length = _length(one.quote)
        if length <= room and len(chosen) < 5:
            chosen.append((position, one))
            room -= length
    return [one for _, one in sorted(chosen, key=lambda entry: entry[0])]


def _telling(quote: str, own: dict[str, float], vocabulary: Vocabulary) -> float:
    score = sum(own.get(term, 0.0) for term in vocabulary.terms(quote)) / (8.0 + _length(quote))
    if _DANGLING.match(quote) or _CAPTION.match(quote) or quote.endswith(("?", "$$")):
        score *= 0.5
    return score * (0.7 if re.search(r"\b(?:I|I'm|I'll|my|me)\b", quote) else 1.0)


def _length(quote: str) -> int:
    """Words as a reader's limit counts them, formulas' letters included, and the sentence's mark."""
    return len(re.findall(r"\w+", quote)) + 1


def _in_order(chosen: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Passages in the order they were first chosen, sentences of each in reading order."""
    order = list(dict.fromkeys(rank for rank, _ in chosen))
    return sorted(chosen, key=lambda pair: (order.index(pair[0]), pair[1]))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is sought in the sentences."""

    weights: dict[str, float]
    vector: Vector
    wanted: Sequence[re.Pattern[str]]
    """Signs of the wanted kind of answer."""
    vocabulary: Vocabulary


class _Scored:
    """One passage: its sentences, what each holds of the question, and the value of any run of them."""

    def __init__(self, rank: int, passage: Evidence, asked: _Asked) -> None:
        self.rank, self._weights = rank, asked.weights
        self.quotes = sentences_of(passage)
        self.words = [_length(quote) for quote in self.quotes]
        self.terms = [self._held(quote, asked) for quote in self.quotes]
        self._near = [similarity(asked.vector, embedded(quote)) for quote in self.quotes]
        self._near_worth = NEAR * sum(asked.weights.values())
        self._cued = [sum(bool(pattern.search(quote)) for pattern in asked.wanted) for quote in self.quotes]
        self._about = self._held(f"{passage.title} {passage.heading}", asked)
        self._told_above = sum(asked.weights[term] for term in self._about)

    def _held(self, text: str, asked: _Asked) -> set[str]:
        return held(asked.weights, set(asked.vocabulary.terms(text)), asked.vocabulary)

    def runs(
        self, room: int, told: set[str], taken: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[float, int, int, int]]:
        """(score, rank, start, end) of every run that fits the room, takes no sentence twice, and neither begins nor ends
        with one that holds nothing of the question."""
        for start in range(len(self.quotes)):
            if not self.terms[start]:
                continue
            covered: set[str] = set()
            words, cued = 0, 0
            for end in range(start + 1, len(self.quotes) + 1):
                words += self.words[end - 1]
                if words > room or (self.rank, end - 1) in taken:
                    break
                covered |= self.terms[end - 1]
                cued += self._cued[end - 1] if self.terms[end - 1] else 0
                if not self.terms[end - 1]:
                    continue
                yield self._value(covered, told, cued, start, end, words), self.rank, start, end

    def _news(self, term: str, told: set[str]) -> float:
        return (ABOVE if term in self._about else 1.0) * (0.5 if term in told else 1.0)

    def _value(self, covered: set[str], told: set[str], cued: int, start: int, end: int, words: int) -> float:
        fresh = sum(self._weights[term] * self._news(term, told) for term in covered)
        score = (fresh + HEADING * self._told_above) * (1.0 + CUE * min(cued, 2)) if covered else 0.0
        if _DANGLING.match(self.quotes[start]):
            score *= 0.9
        if self.quotes[end - 1].endswith("?"):
            score *= 0.8
        near = self._near[start:end]
        score += self._near_worth * (max(near) + sum(near) / len(near)) / 2
        return score / (1.0 + RANK * self.rank) - WORDS * words


def sentences_of(passage: Evidence) -> list[str]:
    """The sentences of a passage that can be quoted: whole, of a sensible length, no references or code."""
    found = []
    for start, end in sentence_spans(passage.text):
        quote = _LIST_MARK.sub("", passage.text[start:end])
        whole = quote.endswith(_WHOLE) and "```" not in quote
        if whole and 4 <= len(quote.split()) <= MAX_WORDS and not (_REFERENCE.search(quote) or _CAPTION.match(quote)):
            found.append(plain(quote))
    return found
