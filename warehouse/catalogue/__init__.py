"""The built-in corpus: facts about the blog's posts, and what they say, claim by claim, in our own words.

`posts.json` holds what was counted on the pages (`python -m warehouse.catalogue` makes it anew from a synced
snapshot). `summaries/SLUG.md` holds a post's claims, those of each section under its heading: a sentence in a line, and
in braces the fingerprints (see `agent.claims`) of the post's sentences that prove it. `bench/claims.py` makes them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from warehouse.records import Counts, Link, Post, Section

_CLAIM = re.compile(r"(.+) \{([0-9a-f]{8}(?: [0-9a-f]{8})*)\}")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a section says, in one sentence of our own."""

    text: str
    proofs: tuple[str, ...]
    """Fingerprints of the post's sentences that prove it together, eight hexadecimal digits each."""


@cache
def catalogue_key() -> str:
    """Names this edition of the catalogue; changes with any of its files."""
    digest = hashlib.sha256()
    for text in (_facts_text(), *(_summary(entry["slug"]) for entry in json.loads(_facts_text())["posts"])):
        digest.update(text.encode())
    return digest.hexdigest()[:12]


def load_catalogue() -> tuple[list[Post], str, list[str], str]:
    """(posts oldest first, public site, its hosts, ISO date of the facts)."""
    facts = json.loads(_facts_text())
    posts = [_post(entry, facts["site"]) for entry in facts["posts"]]
    return posts, facts["site"], facts["hosts"], facts["as_of"]


def _facts_text() -> str:
    return files("warehouse.catalogue").joinpath("posts.json").read_text(encoding="utf-8")


def _summary(slug: str) -> str:
    return files("warehouse.catalogue").joinpath("summaries", f"{slug}.md").read_text(encoding="utf-8")


@cache
def claims_of(slug: str) -> tuple[Claim, ...]:
    """What is known of a post, in the order in which it says it; nothing of a post that the catalogue does not have."""
    if slug not in _slugs():
        return ()
    return tuple(claim for _, claims in summary_parts(_summary(slug)) for claim in claims)


@cache
def _slugs() -> frozenset[str]:
    return frozenset(entry["slug"] for entry in json.loads(_facts_text())["posts"])


def summary_parts(text: str) -> list[tuple[str, list[Claim]]]:
    """(heading, claims) of a summary file in order; those before the first heading have the heading "".

    Raises ValueError for a line that is neither a heading nor a claim with its proofs.
    """
    parts: list[tuple[str, list[Claim]]] = [("", [])]
    for line in filter(None, text.splitlines()):
        if line.startswith("## "):
            parts.append((line.removeprefix("## "), []))
        elif read := _CLAIM.fullmatch(line):
            parts[-1][1].append(Claim(read[1], tuple(read[2].split())))
        else:
            raise ValueError(f"not a claim with its proofs: {line!r}")
    return parts


def _listed(claims: list[Claim]) -> str:
    return "\n".join(f"- {claim.text}" for claim in claims)


def _post(entry: dict[str, Any], site: str) -> Post:
    parts = summary_parts(_summary(entry["slug"]))
    opening, waiting = _listed(parts[0][1]), parts[1:]
    sections = [Section(0, 1, "", "", (), entry["opening_words"], opening, opening + "\n\n")]
    path: list[tuple[int, str]] = []
    for position, (level, heading, anchor, fragment, words) in enumerate(entry["outline"], start=1):
        text = ""
        if waiting and waiting[0][0] == heading:
            text = _listed(waiting.pop(0)[1])
        path = [step for step in path if step[0] < level] + [(level, heading)]
        markdown = "#" * level + f" {heading}\n\n" + (text + "\n\n" if text else "")
        trail = tuple(step[1] for step in path)
        sections.append(Section(position, level, heading, anchor, trail, words, text, markdown, fragment))
    if waiting:
        raise ValueError(f"the summary of {entry['slug']} names a section the post does not have: {waiting[0][0]!r}")
    return Post(
        slug=entry["slug"],
        title=entry["title"],
        url=f"{site}/posts/{entry['slug']}/",
        author=entry["author"],
        published=date.fromisoformat(entry["published"]),
        description="",
        source_kind=entry["source_kind"],
        tags=tuple(entry["tags"]),
        prev_slug=entry["prev_slug"],
        next_slug=entry["next_slug"],
        sections=tuple(sections),
        counts=Counts(**entry["counts"]),
        links=tuple(Link(href, target, host, "") for href, target, host in entry["links"]),
        content_hash=entry["content_hash"],
    )
