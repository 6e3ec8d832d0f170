"""Choosing the sentences of the evidence that answer a question, and telling when none do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.answer import Evidence
from agent.answerable import held, is_answerable, question_weights
from agent.lexicon import Vocabulary
from agent.sentences import CAPTION, MAX_WORDS, Sentence, claims_of, sentences_of
from warehouse.static_embeddings import Vector, embedded, similarity

ABOVE = 0.3
"""What a question word counts in a sentence whose title or heading already has it: the rest is what is asked."""
HEADING = 0.3
"""What a question word in the passage's title or heading counts, beside 1 for one in the sentences."""
CUE = 0.1
"""What each sign of the wanted kind of answer (a number, a year, a reason ...) adds to a run's value, as a share."""
NEAR = 0.7
"""What a run that means what the question does is worth, as a share of the question's weight; others by their cosine."""
RANK = 0.06
"""How fast the value of a passage falls with its rank."""
WORDS = 0.008
"""What a word costs: of two runs that tell the same, the shorter."""
OWN = 0.65
"""What the post's own sentences are worth where claims say what it says: those are shorter and stand alone."""
KEEP_OWN = 0.6
"""A further run of its own sentences must there be worth this share of the first."""
KEEP = 0.1
"""A further run of the same post must be worth this share of the first ..."""
KEEP_OTHER = 0.6
"""... and one of another post this share."""

MOST_POSTS = 4
"""Posts that are named when posts are asked for."""
MOST_OF_A_POST = 45
"""Words of one of them."""
KEEP_POST = 0.5
"""A further one must be worth this share of the first ..."""
KEEP_TOLD = 0.7
"""... and hold this share of what that holds of the question."""

MOST_TOLD = 5
"""Sentences that say what a post is about."""
AGAIN = 0.3
"""What each further sentence of a section counts for that."""

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
_DANGLING = re.compile(r"^(?:this|that|these|those|it|they|he|she|so|also|but|and|however|thus|then|here)\b", re.I)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence to say, with the passage that holds its quotes."""

    sentence: Sentence
    passage: Evidence


def choose(question: str, evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[Chosen]:
    """The sentences that answer: the best run of them, then the next best while there is room.

    At most MAX_WORDS in all, in reading order within a passage; empty when the evidence is weak.
    """
    scored = _scored(question, evidence, vocabulary)
    main = _main_post(scored)
    chosen: list[_Run] = []
    told: set[str] = set()
    said: list[Sentence] = []
    room, first_worth = MAX_WORDS, 0.0
    while room > 0:
        runs = [run for one in scored for run in one.runs(room, told, said)]
        wanted = [
            run
            for run in runs
            if (first_worth or run.of.passage.slug == main) and run.worth >= run.of.keep(main) * first_worth
        ]
        best = max(wanted, key=lambda run: run.worth, default=None)
        if best is None or best.worth <= 0:
            break
        first_worth = first_worth or best.worth
        chosen.append(best)
        told |= best.terms
        said += best.sentences
        room -= best.words
    return [Chosen(sentence, run.of.passage) for run in _in_order(chosen) for sentence in run.sentences]


def by_post(question: str, evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[Chosen]:
    """What each post that speaks of it says, in one run of sentences: for questions that ask which posts or where.

    At most MAX_WORDS in all, titles included, the post that says most first; empty when the evidence is weak.
    """
    scored = _scored(question, evidence, vocabulary)
    best: dict[str, _Run] = {}
    for run in (run for one in scored for run in one.runs(MOST_OF_A_POST, set(), [])):
        slug = run.of.passage.slug
        if slug not in best or run.worth > best[slug].worth:
            best[slug] = run
    chosen: list[Chosen] = []
    room, ranked = MAX_WORDS, sorted(best.values(), key=lambda run: -run.worth)
    for run in ranked[:MOST_POSTS]:
        words = run.words + _words(run.of.passage.title) + 1
        near = run.worth >= KEEP_POST * ranked[0].worth and run.told >= KEEP_TOLD * ranked[0].told
        if near and words <= room:
            chosen += [Chosen(sentence, run.of.passage) for sentence in run.sentences]
            room -= words
    return chosen


def _scored(question: str, evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[_Scored]:
    """The passages' sentences and claims with what each holds of the question; none when too weak to answer."""
    weights = question_weights(question, vocabulary)
    if not is_answerable(question, weights, evidence, vocabulary):
        return []
    wanted = [answer for asked, answer in _CUES if asked.search(question)]
    asked = _Asked(weights, embedded(question), wanted, vocabulary)
    claims = [claims_of(passage) for passage in evidence]
    restated = {passage.slug for passage, known in zip(evidence, claims, strict=True) if known}
    return [
        _Scored(rank, passage, sentences, asked, share)
        for rank, passage in enumerate(evidence)
        for sentences, share in (
            (sentences_of(passage), OWN if passage.slug in restated else 1.0),
            (claims[rank], 1.0),
        )
        if sentences
    ]


def _main_post(scored: Sequence[_Scored]) -> str:
    """The post the question is about: the one whose passages together are worth most."""
    worth: dict[str, float] = {}
    for one in scored:
        best = max((run.worth for run in one.runs(MAX_WORDS, set(), [])), default=0.0)
        slug = one.passage.slug
        worth[slug] = worth.get(slug, 0.0) + best
    return max(worth, key=lambda slug: worth[slug], default="")


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
        length = _length(one.sentence)
        if length <= room and len(chosen) < MOST_TOLD:
            chosen.append((position, order, one))
            room -= length
    return [one for _, _, one in sorted(chosen, key=lambda entry: entry[:2])]


def _telling(quote: str, own: dict[str, float], vocabulary: Vocabulary) -> float:
    score = sum(own.get(term, 0.0) for term in vocabulary.terms(quote)) / (9.0 + _words(quote))
    if _DANGLING.match(quote) or CAPTION.match(quote) or quote.endswith(("?", "$$")):
        score *= 0.5
    return score * (0.7 if re.search(r"\b(?:I|I'm|I'll|my|me)\b", quote) else 1.0)


def _length(sentence: Sentence) -> int:
    """Words as a reader's limit counts them, formulas' letters and the marks of its citations included."""
    return _words(sentence.text) + len(sentence.quotes)


def _words(text: str) -> int:
    return len(re.findall(r"\w+", text))


def _in_order(chosen: Sequence[_Run]) -> list[_Run]:
    """Passages in the order they were first chosen, sentences of each in reading order."""
    order = list(dict.fromkeys(run.of.rank for run in chosen))
    return sorted(chosen, key=lambda run: (order.index(run.of.rank), run.start))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is sought in the sentences."""

    weights: dict[str, float]
    vector: Vector
    wanted: Sequence[re.Pattern[str]]
    """Signs of the wanted kind of answer."""
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class _Run:
    """Sentences that follow each other."""

    of: _Scored
    start: int
    end: int
    worth: float
    words: int
    terms: set[str]
    """Those of the question that they hold."""

    @property
    def told(self) -> float:
        """Weight of the question's words in them and above them."""
        return self.of.weight_of(self.terms)

    @property
    def sentences(self) -> Sequence[Sentence]:
        return self.of.sentences[self.start : self.end]


class _Scored:
    """Sentences or claims of one passage: what each holds of the question, and the value of any run of them."""

    def __init__(
        self, rank: int, passage: Evidence, sentences: Sequence[Sentence], asked: _Asked, share: float
    ) -> None:
        """`share`: of their value that counts."""
        self.rank, self.passage, self.sentences, self._share = rank, passage, sentences, share
        self._weights = asked.weights
        texts = [sentence.text for sentence in sentences]
        self._words = [_length(sentence) for sentence in sentences]
        # A claim says what its proof says, so the words of both are its own.
        self._terms = [self._held(" ".join({sentence.text, *sentence.quotes}), asked) for sentence in sentences]
        self._near = [similarity(asked.vector, embedded(text)) for text in texts]
        self._near_worth = NEAR * sum(asked.weights.values())
        self._cued = [sum(bool(pattern.search(text)) for pattern in asked.wanted) for text in texts]
        self._about = self._held(f"{passage.title} {passage.heading}", asked)
        self._told_above = sum(asked.weights[term] for term in self._about)

    def weight_of(self, terms: set[str]) -> float:
        """Of these terms of the question together with those in the passage's title and heading."""
        return sum(self._weights[term] for term in terms | self._about)

    def keep(self, main: str) -> float:
        """What share of the first run's worth a further one must be worth; `main` is the post the question is about."""
        least = KEEP if self.passage.slug == main else KEEP_OTHER
        return max(least, KEEP_OWN) if self._share < 1.0 else least

    def _held(self, text: str, asked: _Asked) -> set[str]:
        return held(asked.weights, set(asked.vocabulary.terms(text)), asked.vocabulary)

    def runs(self, room: int, told: set[str], said: Sequence[Sentence]) -> Iterator[_Run]:
        """Every run that fits the room, says nothing twice, and neither begins nor ends with a sentence that holds
        nothing of the question."""
        repeated = [any(sentence.repeats(other) for other in said) for sentence in self.sentences]
        for start in range(len(self.sentences)):
            if not self._terms[start]:
                continue
            covered: set[str] = set()
            words, cued = 0, 0
            for end in range(start + 1, len(self.sentences) + 1):
                words += self._words[end - 1]
                if words > room or repeated[end - 1]:
                    break
                covered |= self._terms[end - 1]
                cued += self._cued[end - 1] if self._terms[end - 1] else 0
                if not self._terms[end - 1]:
                    continue
                worth = self._worth(covered, told, cued, start, end, words)
                yield _Run(self, start, end, worth, words, set(covered))

    def _news(self, term: str, told: set[str]) -> float:
        return (ABOVE if term in self._about else 1.0) * (0.5 if term in told else 1.0)

    def _worth(self, covered: set[str], told: set[str], cued: int, start: int, end: int, words: int) -> float:
        fresh = sum(self._weights[term] * self._news(term, told) for term in covered)
        score = (fresh + HEADING * self._told_above) * (1.0 + CUE * min(cued, 2)) if covered else 0.0
        if _DANGLING.match(self.sentences[start].text):
            score *= 0.9
        if self.sentences[end - 1].text.endswith("?"):
            score *= 0.8
        near = self._near[start:end]
        score += self._near_worth * (max(near) + sum(near) / len(near)) / 2
        return (score / (1.0 + RANK * self.rank) - WORDS * words) * self._share
