"""Learns what is no reading of the blog: the weights in `agent/scope.bin`.

`python bench/scope.py` prints, for each writer of scope_requests.jsonl, what a classifier learnt without that writer
makes of their requests. `python bench/scope.py --write` learns from all and writes the weights.

Logistic regression on `agent.scope.features` by stochastic gradient descent with per-feature steps (AdaGrad, Duchi et
al. 2011) and weight decay. Examples: scope_requests.jsonl, and as further questions that must not be declined
content_questions.jsonl, search_questions.jsonl and metadata_questions.jsonl.
"""

from __future__ import annotations

import json
import math
import random
import sys
from array import array
from pathlib import Path

from agent.scope import BUCKETS, DECLINE, HEADER, features

HERE = Path(__file__).parent
REQUESTS = "scope_requests.jsonl"
QUESTIONS = ("content_questions.jsonl", "search_questions.jsonl", "metadata_questions.jsonl")
ROUNDS = 12
RATE = 0.5
DECAY = 1e-5
Example = tuple[dict[int, float], bool]
Weights = tuple["array[float]", float]


def read(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def learn(examples: list[Example]) -> Weights:
    """Weight of each bucket and the bias."""
    weights, squares = array("d", bytes(8 * BUCKETS)), array("d", [1e-6]) * BUCKETS
    bias, bias_square = 0.0, 1e-6
    order = random.Random(0)
    examples = list(examples)
    for _ in range(ROUNDS):
        order.shuffle(examples)
        for values, declined in examples:
            logit = bias + sum(weights[bucket] * value for bucket, value in values.items())
            error = declined - 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
            bias_square += error * error
            bias += RATE * error / math.sqrt(bias_square)
            for bucket, value in values.items():
                slope = error * value - DECAY * len(examples) * weights[bucket] / ROUNDS
                squares[bucket] += slope * slope
                weights[bucket] += RATE * slope / math.sqrt(squares[bucket])
    return weights, bias


def write(learnt: Weights) -> None:
    weights, bias = learnt
    step = max(map(abs, weights)) / 127
    rounded = array("b", (round(weight / step) for weight in weights))
    (HERE.parent / "agent" / "scope.bin").write_bytes(HEADER.pack(bias, step) + rounded.tobytes())


def share_declined(learnt: Weights, examples: list[Example]) -> float:
    weights, bias = learnt
    logits = [bias + sum(weights[bucket] * value for bucket, value in values.items()) for values, _ in examples]
    return sum(logit > DECLINE for logit in logits) / max(1, len(logits))


def examples() -> dict[str, Example]:
    """All texts with what they hold and whether they are to be declined."""
    found = {one["text"]: (features(one["text"]), one["label"] == "adversarial") for one in read(REQUESTS)}
    asked = [one["question"] for name in QUESTIONS for one in read(name)]
    return found | {question: (features(question), False) for question in asked}


def main() -> None:
    known = examples()
    seen = [(one["writer"], one["label"], known[one["text"]]) for one in read(REQUESTS)]
    questions = [known[one["question"]] for name in QUESTIONS for one in read(name)]
    if "--write" in sys.argv:
        write(learn([example for _, _, example in seen] + questions))
        return
    print("| writer left out | adversarial declined | unanswerable | benign |\n| --- | --- | --- | --- |")
    for writer in sorted({writer for writer, _, _ in seen}):
        learnt = learn([example for who, _, example in seen if who != writer] + questions)
        shares = [
            f"{share_declined(learnt, [e for who, given, e in seen if (who, given) == (writer, label)]):.3f}"
            for label in ("adversarial", "unanswerable", "benign")
        ]
        print(f"| {writer} | {' | '.join(shares)} |", flush=True)


if __name__ == "__main__":
    main()
