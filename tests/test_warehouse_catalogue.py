"""The built-in catalogue: true facts, claims in our own words, and tools that work on it with no network."""

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

from agent.answer import Evidence, Proof, find_quote
from tools.blog import BlogTools
from warehouse.catalogue import claims_of, load_catalogue, summary_parts
from warehouse.claims import proven
from warehouse.parse import parse_post
from warehouse.records import Page, Post

SUMMARIES = {
    file.name.removesuffix(".md"): file.read_text(encoding="utf-8")
    for file in files("warehouse.catalogue").joinpath("summaries").iterdir()
}
POSTS = {post.slug: post for post in load_catalogue()[0]}
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
def test_claims_are_short_sentences_and_keep_to_the_posts_outline(slug: str) -> None:
    outline = iter(section.heading for section in POSTS[slug].sections)
    for heading, claims in summary_parts(SUMMARIES[slug]):
        assert heading in outline, f"{heading!r} is not a heading of the post after the one before"
        for claim in claims:
            assert len(FORMULA.sub(" formula ", claim.text).split()) <= 34 and claim.text.endswith(
                (".", "!", "?", ")", '"')
            )
            assert 1 <= len(claim.proofs) <= 4


@pytest.mark.parametrize("slug", sorted(SUMMARIES))
def test_claims_reach_the_reader_whole_under_their_headings(slug: str) -> None:
    parts = summary_parts(SUMMARIES[slug])
    filled = [(heading, "\n".join(f"- {claim.text}" for claim in claims)) for heading, claims in parts]
    assert [(section.heading, section.text) for section in POSTS[slug].sections if section.text] == filled
    assert all(section.text in section.markdown for section in POSTS[slug].sections)


@pytest.mark.parametrize("line", ["A claim.", "A claim. {}", "A claim. {12}", "A claim. {0123abcg}", "### Heading"])
def test_a_line_that_names_no_proof_is_no_claim(line: str) -> None:
    with pytest.raises(ValueError, match="not a claim"):
        summary_parts(f"Fine. {{0123abcd}}\n{line}\n")


@pytest.mark.blog
@pytest.mark.parametrize("slug", sorted(SUMMARIES))
def test_every_claim_is_proved_by_sentences_of_its_section(real_posts: dict[str, Post], slug: str) -> None:
    for heading, claims in summary_parts(SUMMARIES[slug]):
        known = [proven(slug, section.text) for section in real_posts[slug].sections if section.heading == heading]
        assert {claim.text for claim in claims} <= {claim.text for found in known for claim in found}
        sections = [section for section in real_posts[slug].sections if section.heading == heading]
        for section, found in zip(sections, known, strict=True):
            passage = Evidence(slug, "", "", heading, "", section.text)
            for claim in found:
                quotes = [citation for quote in claim.quotes if (citation := find_quote(quote, [passage]))]
                assert len(quotes) == len(claim.quotes)
                assert Proof({}, [passage], None).backs(claim.text, quotes)


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
        for _, claims in summary_parts(text)
        for claim in claims
        for run in runs(claim.text)
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
    shown = page.markdown
    while page.next_start is not None:
        page = catalogue.fetch_post("hamiltonian-monte-carlo", start=page.next_start)
        shown += page.markdown
    assert all(claim.text in shown for claim in claims_of(page.slug))
