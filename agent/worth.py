"""What each sentence that may be said is worth as an answer to a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from agent.answer import Evidence
from agent.answerable import is_answerable, question_weights
from agent.lexicon import Vocabulary
from agent.sentences import Sentence, claims_of, sentences_of
from warehouse.static_embeddings import Vector, embedded, similarity

ABOVE = 0.2
"""What a question word counts in a sentence whose title or heading already has it: the rest is what is asked."""
HEADING = 0.3
"""What a question word in the passage's title or heading counts, beside 1 for one in the sentence."""
BESIDE = 0.3
"""What one counts that only the sentence before or after has: what belongs to it is often said next to it."""
AGAIN = 0.4
"""What one counts that was said before."""
NEAR = 1.2
"""What a sentence that means what the question does is worth, as a share of its weight; others by their cosine."""
REPEATS = 0.2
"""What a sentence loses that says only words said before, as a share (compare Carbonell and Goldstein 1998, "MMR")."""
CUE = 0.1
"""What each sign of the wanted kind of answer (a number, a year, a reason ...) adds to a sentence, as a share."""
RANK = 0.1
"""How fast the worth of a passage falls with its rank."""
WORD = 0.008
"""What a word costs: of two sentences that tell the same, the shorter."""
OWN = 0.65
"""What the post's own sentences are worth where claims say what it says: those are shorter and stand alone."""
FOLLOWS = 0.15
"""What a sentence of the post gains beside one that is said, as a share of the question's weight."""

_CUES: list[tuple[re.Pattern[str], re.Pattern[str]]] = [
    (
        re.compile(
            r"\bhow (?:many|much|long|large|big|often)\b"
            r"|\bwhat (?:number|percentage|fraction|accuracy|value|score)\b|\baccuracy\b",
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
            r"\b(?:is (?:a|an|the|called|defined|simply|just)|are (?:a|the|called)"
            r"|means|refers to|defined as|stands for|known as|called)\b|^[^:.]{2,45}: ",
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
DANGLING = re.compile(r"^(?:this|that|these|those|it|they|he|she|so|also|but|and|however|thus|then|here)\b", re.I)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a passage, or a claim about it, with what speaks for saying it."""

    sentence: Sentence
    passage: Evidence
    place: tuple[int, bool, int]
    """Rank of the passage, whether the sentence is the post's own, its number there."""
    words: int
    """See `length`."""
    told: frozenset[str]
    """Terms of the question that the sentence or its proof holds."""
    says: dict[str, float]
    """Terms of the sentence itself, with how rare they are."""
    news: dict[str, float]
    """Value of each of them, and of those that only a sentence beside it holds."""
    meant: float
    """Value of what it means, and of what stands above it."""
    factor: float
    """For its form and the rank of its passage."""
    follows: float
    """What it gains beside one that is said."""
    share: float
    """Of its worth that counts."""

    @property
    def neighbours(self) -> tuple[tuple[int, bool, int], ...]:
        """Places of the sentences before and after it."""
        rank, own, number = self.place
        return (rank, own, number - 1), (rank, own, number + 1)

    @property
    def is_restated(self) -> bool:
        """Whether it is a sentence of a post that claims speak for."""
        return self.share < 1.0

    def worth(self, said: Set[str] = frozenset(), *, beside: bool = False) -> float:
        """Its value when these terms are said already, and `beside` it one of the sentences."""
        fresh = sum(value * (AGAIN if term in said else 1.0) for term, value in self.news.items())
        worth = (fresh + self.meant) * self.factor - WORD * self.words + self.follows * beside
        repeated = sum(rarity for term, rarity in self.says.items() if term in said)
        return worth * self.share * (1.0 - REPEATS * repeated / (sum(self.says.values()) or 1.0))


def candidates(question: str, evidence: Sequence[Evidence], vocabulary: Vocabulary) -> list[Candidate]:
    """What may be said to answer, in the order of the evidence; nothing when that is too weak to answer."""
    weights = question_weights(question, vocabulary)
    if not is_answerable(question, weights, evidence, vocabulary):
        return []
    claims = [claims_of(passage) for passage in evidence]
    restated = {passage.slug for passage, known in zip(evidence, claims, strict=True) if known}
    asked = _Asked(weights, embedded(question), [sign for cue, sign in _CUES if cue.search(question)], vocabulary)
    return [
        candidate
        for rank, (passage, known) in enumerate(zip(evidence, claims, strict=True))
        for candidate in (
            *_candidates(passage, rank, known, asked),
            *_candidates(passage, rank, sentences_of(passage), asked, OWN if passage.slug in restated else 1.0),
        )
    ]


def length(sentence: Sentence) -> int:
    """Words as a reader's limit counts them, formulas' letters and the marks of its citations included."""
    return count_words(sentence.text) + len(sentence.quotes)


def count_words(text: str) -> int:
    return len(re.findall(r"\w+", text))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is sought in the sentences."""

    weights: dict[str, float]
    vector: Vector
    signs: Sequence[re.Pattern[str]]
    """Of the wanted kind of answer."""
    vocabulary: Vocabulary

    def terms(self, text: str) -> frozenset[str]:
        """Those of the question that the text holds."""
        return frozenset(self.vocabulary.terms(text)).intersection(self.weights)

    def says(self, text: str) -> dict[str, float]:
        """Those of the text, with how rare they are."""
        return {term: self.vocabulary.rarity(term) for term in self.vocabulary.terms(text)}

    def near(self, sentence: Sentence) -> float:
        """How close it comes to the question in meaning, itself and by its proof."""
        texts = {sentence.text, " ".join(sentence.quotes)}
        return sum(similarity(self.vector, embedded(text)) for text in texts) / len(texts)


def _candidates(
    passage: Evidence, rank: int, sentences: Sequence[Sentence], asked: _Asked, share: float | None = None
) -> Iterator[Candidate]:
    """`share` is given for the post's own sentences."""
    total = sum(asked.weights.values())
    above = asked.terms(f"{passage.title} {passage.heading}")
    over = HEADING * sum(asked.weights[term] for term in above)
    # A claim says what its proof says, so the words of both are its own.
    told = [asked.terms(" ".join({sentence.text, *sentence.quotes})) for sentence in sentences]
    for number, sentence in enumerate(sentences):
        around = frozenset().union(*told[max(0, number - 1) : number + 2])
        if share is not None and not around:
            continue  # torn from its text it would say nothing to the question
        cued = min(sum(bool(sign.search(sentence.text)) for sign in asked.signs), 2)
        form = (0.9 if DANGLING.match(sentence.text) else 1.0) * (0.8 if sentence.text.endswith("?") else 1.0)
        yield Candidate(
            sentence,
            passage,
            (rank, share is not None, number),
            length(sentence),
            told[number],
            asked.says(sentence.text),
            {
                term: asked.weights[term]
                * (ABOVE if term in above else 1.0)
                * (1.0 if term in told[number] else BESIDE)
                for term in around
            },
            over + NEAR * total * max(0.0, asked.near(sentence)),
            form * (1.0 + CUE * cued) / (1.0 + RANK * rank),
            FOLLOWS * total if share is not None else 0.0,
            share or 1.0,
        )
