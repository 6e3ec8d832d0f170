"""The written questions that the word vectors learn from, with the texts that answer them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from warehouse.catalogue import claims_of
from warehouse.claims import proven
from warehouse.quotes import fingerprint, quotable
from warehouse.section_vectors import parts_of
from warehouse.sentences import sentence_spans
from warehouse.settings import load_settings
from warehouse.snapshot import Snapshots

QUESTIONS = Path(__file__).parent / "questions"
QUESTION = re.compile(r"(.+) \{([0-9a-f ]+)\}")


@dataclass
class Asked:
    """Questions about the catalogue's claims, the claims, and the parts of the posts that prove them."""

    questions: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)
    """What proves each claim, in the words of the post."""
    parts: list[str] = field(default_factory=list)
    """Of all sections as search tells them apart, with title and heading."""
    answers: list[list[int]] = field(default_factory=list)
    """For each question its claims, the most needed first ..."""
    proofs: list[list[int]] = field(default_factory=list)
    """... and the parts with their proofs."""
    post_of_claim: list[int] = field(default_factory=list)
    post_of_question: list[int] = field(default_factory=list)


def read_asked() -> Asked:
    """Everything, from `questions/SLUG.txt`, the catalogue and the synced blog (BOUNDED_HOME)."""
    asked = Asked()
    warehouse = Snapshots(load_settings()).current().warehouse
    for number, (slug, title) in enumerate(sorted(warehouse.slugs().items())):
        part_of, claims_by_proof, quotes = dict[str, int](), dict[str, list[int]](), dict[str, str]()
        for section in warehouse.post(slug).sections:
            quotes.update((claim.text, " ".join(claim.quotes)) for claim in proven(slug, section.text))
            for part in parts_of(section.text, list(sentence_spans(section.text))):
                part_of.update((fingerprint(one.quote), len(asked.parts)) for one in quotable(part))
                asked.parts.append(f"{title}. {section.heading}. {part}")
        for claim in claims_of(slug):
            for proof in claim.proofs:
                claims_by_proof.setdefault(proof, []).append(len(asked.claims))
            asked.claims.append(claim.text)
            asked.quotes.append(quotes.get(claim.text, claim.text))
            asked.post_of_claim.append(number)
        path = QUESTIONS / f"{slug}.txt"
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            if found := QUESTION.fullmatch(line):
                marks = found[2].split()
                if answers := dict.fromkeys(claim for mark in marks for claim in claims_by_proof.get(mark, ())):
                    asked.questions.append(found[1])
                    asked.answers.append(list(answers))
                    asked.proofs.append(list(dict.fromkeys(part_of[mark] for mark in marks if mark in part_of)))
                    asked.post_of_question.append(number)
    return asked
