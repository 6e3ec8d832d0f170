"""Writes `posts.json` anew from the current synced snapshot: `python -m warehouse.catalogue AS_OF` (an ISO date)."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from warehouse.records import Post, Section
from warehouse.settings import load_settings
from warehouse.snapshot import Snapshots


def _entry(post: Post) -> dict[str, Any]:
    return {
        "slug": post.slug,
        "title": post.title,
        "author": post.author,
        "published": post.published.isoformat(),
        "source_kind": post.source_kind,
        "tags": post.tags,
        "prev_slug": post.prev_slug,
        "next_slug": post.next_slug,
        "content_hash": post.content_hash,
        "counts": asdict(post.counts),
        "opening_words": post.sections[0].words,
        "outline": [[s.level, s.heading, s.anchor, _heading_fragment(s), s.words] for s in post.sections[1:]],
        "links": [[link.href, link.target_slug, link.host] for link in post.links],
    }


def _heading_fragment(section: Section) -> str:
    """Only a fragment made of the heading is a fact; one made of the blog's sentences stays out."""
    directive = ":~:text=" + quote(section.heading, safe="").replace("-", "%2D")
    return section.fragment if section.fragment == directive else ""


def main(as_of: str) -> None:
    snapshot = Snapshots(load_settings()).published()
    if snapshot is None:
        raise SystemExit("sync the blog first: bounded sync")
    posts = [snapshot.warehouse.post(slug) for slug in snapshot.warehouse.slugs()]
    facts = {
        "site": "https://bjlkeng.io",
        "hosts": ["bjlkeng.github.io", "bjlkeng.io"],
        "as_of": date.fromisoformat(as_of).isoformat(),
        "posts": [_entry(post) for post in posts],
    }
    lines = json.dumps(facts, ensure_ascii=False, indent=None, separators=(",", ":")).replace('{"slug"', '\n{"slug"')
    Path(__file__).with_name("posts.json").write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
