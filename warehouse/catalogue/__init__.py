"""The built-in corpus: facts about the blog's posts, and summaries of them in our own words.

`posts.json` holds what was counted on the pages (`python -m warehouse.catalogue` makes it anew from a synced
snapshot); `summaries/SLUG.md` holds an opening paragraph and, under a post's own headings, what that section says.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from warehouse.records import Counts, Link, Post, Section


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


def summary_parts(text: str) -> list[tuple[str, str]]:
    """(heading, text) of a summary file in order; the opening paragraph has the heading ""."""
    pieces = re.split(r"^## (.+)$", text, flags=re.M)
    return [("", pieces[0].strip())] + [(h.strip(), t.strip()) for h, t in zip(pieces[1::2], pieces[2::2], strict=True)]


def _post(entry: dict[str, Any], site: str) -> Post:
    parts = summary_parts(_summary(entry["slug"]))
    opening, waiting = parts[0][1], parts[1:]
    sections = [Section(0, 1, "", "", (), entry["opening_words"], opening, opening + "\n\n")]
    path: list[tuple[int, str]] = []
    for position, (level, heading, anchor, fragment, words) in enumerate(entry["outline"], start=1):
        text = ""
        if waiting and waiting[0][0] == heading:
            text = waiting.pop(0)[1]
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
