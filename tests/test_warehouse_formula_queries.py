"""Equations of the real blog, pasted in another layout than the post's: the passage that shows them is found."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from warehouse.catalogue import load_catalogue
from warehouse.formula_terms import runs, runs_of_text
from warehouse.index import SectionIndex
from warehouse.index_writer import IndexWriter
from warehouse.parse import parse_post
from warehouse.records import Page

QUERIES = Path(__file__).resolve().parents[1] / "bench" / "formula_queries.jsonl"


@pytest.mark.blog
def test_a_pasted_equation_is_found_among_the_first_five(real_blog: Path, tmp_path: Path) -> None:
    if not QUERIES.is_file():
        pytest.skip(f"the queries are not at {QUERIES}")
    posts, site, hosts, _ = load_catalogue()
    writer = IndexWriter(tmp_path)
    for post in posts:
        html = (real_blog / "posts" / post.slug / "index.html").read_bytes()
        writer.add(parse_post(Page(f"{site}/posts/{post.slug}/", html, datetime.now(UTC)), frozenset(hosts)))
    writer.finish()
    index = SectionIndex(tmp_path)
    queries = [json.loads(line) for line in QUERIES.read_text(encoding="utf-8").splitlines()]
    missed = []
    for query in queries:
        wanted = set(runs(query["query"]))
        hits = [hit for hit in index.search(query["query"], limit=5).hits if hit.slug in query["slugs"]]
        if not any(len(wanted & set(runs_of_text(hit.snippet))) >= 0.7 * len(wanted) for hit in hits):
            missed.append(query["query"])
    assert len(queries) >= 40
    assert len(missed) <= 0.05 * len(queries), missed
