"""The built-in catalogue: true facts, summaries in our own words, and tools that work on it with no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tools.blog import BlogTools
from warehouse.catalogue import load_catalogue
from warehouse.parse import parse_post
from warehouse.records import Page, Post

SUMMARIES = {
    file.name.removesuffix(".md"): file.read_text(encoding="utf-8")
    for file in files("warehouse.catalogue").joinpath("summaries").iterdir()
}
POSTS = {post.slug: post for post in load_catalogue()[0]}
HEADING = re.compile(r"^## (.+)$", re.M)
FORMULA = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]", re.S)
RUN = 12


@pytest.fixture(scope="module")
def real_pages(real_blog: Path) -> dict[str, bytes]:
    """The pages of every post by slug, the unlisted draft's included."""
    return {page.parent.name: page.read_bytes() for page in (real_blog / "posts").glob("*/index.html")}


@pytest.fixture(scope="module")
def real_posts(real_pages: dict[str, bytes]) -> dict[str, Post]:
    _, site, hosts, _ = load_catalogue()
    return {
        slug: parse_post(Page(f"{site}/posts/{slug}/", html, datetime.now(UTC)), frozenset(hosts))
        for slug, html in real_pages.items()
        if slug in POSTS
    }


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every run of words of a text, formulas left out."""
    found = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", FORMULA.sub(" ", text).lower().replace("’", "'"))
    return zip(*(found[start:] for start in range(RUN)), strict=False)


def test_every_published_post_is_in_it_and_the_draft_is_not() -> None:
    assert len(POSTS) == 49 and POSTS.keys() == SUMMARIES.keys()
    assert "rl-math" not in POSTS
    dates = [post.published for post in POSTS.values()]
    assert dates == sorted(dates) and dates[-1].isoformat() <= load_catalogue()[3]


@pytest.mark.blog
def test_it_has_exactly_the_posts_that_the_sitemap_names(real_blog: Path) -> None:
    sitemap = (real_blog / "sitemap.xml").read_text("utf-8")
    assert set(re.findall(r"/posts/([^/<]+)/", sitemap)) == POSTS.keys()


@pytest.mark.parametrize("slug", sorted(SUMMARIES))
def test_a_summary_is_short_and_keeps_to_the_posts_outline(slug: str) -> None:
    prose = FORMULA.sub(" formula ", HEADING.sub(" ", SUMMARIES[slug]))
    assert 80 <= sum(1 for word in prose.split() if re.search(r"\w", word)) <= 200
    outline = iter(section.heading for section in POSTS[slug].sections)
    for heading in HEADING.findall(SUMMARIES[slug]):
        assert heading in outline, f"{heading!r} is not a heading of the post after the one before"


@pytest.mark.parametrize("slug", sorted(SUMMARIES))
def test_a_summary_reaches_the_reader_whole_under_its_headings(slug: str) -> None:
    opening, *pieces = HEADING.split(SUMMARIES[slug])
    filled = [("", opening.strip()), *zip(pieces[::2], map(str.strip, pieces[1::2]), strict=True)]
    assert [(section.heading, section.text) for section in POSTS[slug].sections if section.text] == filled
    assert all(section.text in section.markdown for section in POSTS[slug].sections)


def facts(post: Post) -> dict[str, Any]:
    """What the catalogue says of a post, its summary apart."""
    return {
        "title": post.title,
        "url": post.url,
        "author": post.author,
        "published": post.published,
        "source_kind": post.source_kind,
        "tags": post.tags,
        "neighbours": (post.prev_slug, post.next_slug),
        "counts": asdict(post.counts),
        "outline": [(s.position, s.level, s.heading, s.anchor, s.path, s.words) for s in post.sections],
        "links": [(k.href, k.target_slug if k.target_slug in POSTS else "", k.host) for k in post.links],
        "content_hash": post.content_hash,
    }


@pytest.mark.blog
@pytest.mark.parametrize("slug", POSTS)
def test_every_fact_is_what_the_page_says(real_posts: dict[str, Post], slug: str) -> None:
    assert facts(POSTS[slug]) == facts(real_posts[slug])


@pytest.mark.blog
@pytest.mark.parametrize("slug", POSTS)
def test_a_text_fragment_is_the_pages_and_made_of_its_heading(real_posts: dict[str, Post], slug: str) -> None:
    for ours, real in zip(POSTS[slug].sections, real_posts[slug].sections, strict=True):
        assert ours.fragment in ("", real.fragment)


@pytest.mark.blog
def test_no_summary_copies_a_run_of_words_from_the_blog(real_pages: dict[str, bytes]) -> None:
    blog: set[tuple[str, ...]] = set()
    for html in real_pages.values():
        blog.update(runs(unescape(re.sub(r"<[^>]*>", " ", html.decode()))))
    assert len(blog) > 200_000
    copied = {
        slug: " ".join(run)
        for slug, text in SUMMARIES.items()
        for part in HEADING.sub("\0", text).split("\0")
        for run in runs(part)
        if run in blog
    }
    assert not copied


def test_search_finds_leapfrog(catalogue: BlogTools) -> None:
    found = catalogue.search_posts("leapfrog")
    assert found.hits[0].slug == "hamiltonian-monte-carlo" and found.total >= 1
    assert "Leapfrog" in found.hits[0].snippet
    assert found.hits[0].url.startswith("https://bjlkeng.io/posts/hamiltonian-monte-carlo/#")
    assert "built-in catalogue" in found.note and "`bounded sync`" in found.note


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT count(*) FROM posts", [[49]]),
        ("SELECT sum(n_equations), sum(n_inline_formulas) FROM posts", [[745, 4686]]),
        ("SELECT slug FROM posts WHERE published = DATE '2021-12-23'", [["hamiltonian-monte-carlo"]]),
        ("SELECT count(*) FROM posts WHERE slug = 'rl-math' OR year = 2025", [[0]]),
        ("SELECT count(*) FROM tags WHERE tag = 'probability'", [[12]]),
        (
            "SELECT count(*) FROM post_links WHERE target_slug = 'normal-approximations-to-the-posterior-distribution'",
            [[0]],
        ),
    ],
)
def test_sql_counts_the_whole_blog(catalogue: BlogTools, sql: str, rows: list[list[object]]) -> None:
    result = catalogue.query_metadata(sql)
    assert result.rows == rows and "`bounded sync`" in result.note


def test_a_post_that_cannot_be_fetched_is_given_as_its_summary(catalogue: BlogTools) -> None:
    page = catalogue.fetch_post("hamiltonian-monte-carlo")
    assert page.source == "catalogue" and "`bounded sync`" in page.note
    assert page.as_of == load_catalogue()[3]
    assert (page.title, page.published) == ("Hamiltonian Monte Carlo", "2021-12-23")
    assert [entry.heading for entry in page.outline] == [s.heading for s in POSTS[page.slug].sections[1:]]
    for part in HEADING.sub("\0", SUMMARIES[page.slug]).split("\0"):
        assert part.strip() in page.markdown
