"""Learns when evidence answers a question: the rules CLAIMS and FULL_TEXT in `agent/answerable.py`.

    python bench/answerable.py         # BOUNDED_HOME with the synced blog, or an empty one for the built-in catalogue
    python bench/answerable.py texts   # the same of texts alone, as of a blog of which the catalogue knows nothing

The shipped word vectors know what is asked about this blog, but not about others: FULL_TEXT comes from a run with
those that `static_embeddings.py` makes before `adapt`.

Prints the rule for the snapshot that would answer, and what such a rule makes of questions left out of the learning
(five parts): the share refused of those the blog answers (content_questions.jsonl, search_questions.jsonl) and of those
it does not (scope_requests.jsonl, "unanswerable": topics with a name of their own, and everyday words put together).

Logistic regression by Newton's method with a weak prior; then the rule is moved so that REFUSED of the answered
questions are lost. How far a question is from reading comes from classifiers that have not seen it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, fields

import scope  # beside this file

from agent.answer import evidence_of
from agent.answerable import Signs, in_claims, question_weights, signs
from agent.lexicon import Lexicon
from agent.routing import plan
from agent.scope import features
from tools.blog import BlogTools
from warehouse.settings import load_settings
from warehouse.snapshot import Snapshots

PARTS = 5
REFUSED = 0.04
PRIOR = 0.1
NAMED = ("term", "named_term", "foreign_term")
"""Families of unanswerable questions whose topic has a name of its own: what readers mostly ask in vain."""
WEIGHTS = {"answered": 1.0, "named": 2.0, "everyday": 0.5, "adversarial": 0.3}


@dataclass(frozen=True, slots=True)
class Example:
    question: str
    kind: str
    part: int
    signs: tuple[float, ...]

    @property
    def row(self) -> tuple[float, ...]:
        return (*self.signs, 1.0)


def examples(blog: BlogTools, *, texts: bool) -> list[Example]:
    """What is asked, with the signs of the evidence that a search finds for it."""
    asked = [(one["question"], "answered") for name in SOURCES for one in scope.read(name)]
    for one in scope.read("scope_requests.jsonl"):
        if one["label"] == "unanswerable":
            asked.append((one["text"], "named" if one["family"].startswith(NAMED) else "everyday"))
        elif one["label"] == "adversarial":
            asked.append((one["text"], "adversarial"))
    far = distances([question for question, _ in asked])
    vocabulary = Lexicon(blog.snapshots).vocabulary
    found = []
    for number, (question, kind) in enumerate(asked):
        decided = plan(question, [], vocabulary)
        query = decided.query or question
        evidence = evidence_of(asdict(blog.search_posts(query[:1000])))
        if evidence and (weights := question_weights(query, vocabulary)):
            told = evidence if texts else in_claims(evidence)
            held = signs(query, weights, told, vocabulary, far[question])
            found.append(Example(question, kind, number % PARTS, astuple(held)))
    return found


SOURCES = ("content_questions.jsonl", "search_questions.jsonl")


def distances(questions: Sequence[str]) -> dict[str, float]:
    """From reading, each by a classifier learnt without the part of all examples that the question is in."""
    known = scope.examples()
    part_of = {text: number % PARTS for number, text in enumerate(dict.fromkeys([*questions, *known]))}
    found = {}
    for part in range(PARTS):
        weights, bias = scope.learn([known[text] for text in known if part_of[text] != part])
        for question in questions:
            if part_of[question] == part:
                found[question] = bias + sum(weights[bucket] * value for bucket, value in features(question).items())
    return found


def fitted(rows: Sequence[Example]) -> list[float]:
    """What each sign adds, and the start."""
    size = len(rows[0].row)
    rule = [0.0] * size
    for _ in range(25):
        slope = [-PRIOR * each for each in rule]
        curve = [[PRIOR * (i == j) for j in range(size)] for i in range(size)]
        for example in rows:
            row, weight = example.row, WEIGHTS[example.kind]
            chance = 1 / (1 + math.exp(-value(rule, example)))
            for i in range(size):
                slope[i] += weight * ((example.kind == "answered") - chance) * row[i]
                for j in range(size):
                    curve[i][j] += weight * chance * (1 - chance) * row[i] * row[j]
        rule = [old + step for old, step in zip(rule, solved(curve, slope), strict=True)]
    return rule


def value(rule: Sequence[float], example: Example) -> float:
    return sum(each * sign for each, sign in zip(rule, example.row, strict=True))


def solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a small symmetric, positive system (Gauss)."""
    rows = [[*row, last] for row, last in zip(matrix, right, strict=True)]
    for i, pivot in enumerate(rows):
        for below in rows[i + 1 :]:
            share = below[i] / pivot[i]
            for j in range(i, len(below)):
                below[j] -= share * pivot[j]
    answer = [0.0] * len(rows)
    for i in reversed(range(len(rows))):
        answer[i] = (rows[i][-1] - sum(rows[i][j] * answer[j] for j in range(i + 1, len(rows)))) / rows[i][i]
    return answer


def main(*, texts: bool) -> None:
    rows = examples(BlogTools(Snapshots(load_settings())), texts=texts)
    left_out: dict[str, list[float]] = {}
    for part in range(PARTS):
        rule = fitted([example for example in rows if example.part != part])
        for example in rows:
            if example.part == part:
                left_out.setdefault(example.kind, []).append(value(rule, example))
    print("| refused of the answered | named | everyday | adversarial |\n| --- | --- | --- | --- |")
    answered = sorted(left_out["answered"])
    for share in (0.03, REFUSED, 0.07, 0.1):
        least = answered[int(share * len(answered))]
        others = (left_out[kind] for kind in ("named", "everyday", "adversarial"))
        print(f"| {share:.2f} | " + " | ".join(f"{sum(v < least for v in o) / len(o):.3f}" for o in others) + " |")
    rule = fitted(rows)
    least = sorted(value(rule, example) for example in rows if example.kind == "answered")
    rule[-1] -= least[int(REFUSED * len(least))]
    print([field.name for field in fields(Signs)])
    print(", ".join(f"{number:.2f}" for number in rule))


if __name__ == "__main__":
    main(texts="texts" in sys.argv[1:])
