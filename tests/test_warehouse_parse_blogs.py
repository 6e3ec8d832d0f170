"""The same essay as ten generators publish it must be read as the same post."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from blogs import CODE, DISPLAY, ESSAYS, HOST, LATEX, SITE, Essay
from conftest import serving
from markdown_it import MarkdownIt

from tools.blog import BlogTools
from warehouse.build import sync
from warehouse.parse import parse_post
from warehouse.records import Page, Post
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

NAMES = pytest.mark.parametrize("name", ESSAYS)
_READ: dict[str, Post] = {}


def read(name: str) -> tuple[Essay, Post]:
    essay = ESSAYS[name]
    if name not in _READ:
        page = Page(SITE + essay.path, essay.html.encode(), datetime(2024, 1, 2, tzinfo=UTC))
        _READ[name] = parse_post(page, frozenset({HOST}))
    return essay, _READ[name]


@NAMES
def test_who_wrote_what_when(name: str) -> None:
    """The evening of the fourth in New York is the fifth in UTC, which is all that some of the pages state."""
    essay, post = read(name)
    assert (post.title, post.author, post.published) == ("Adding Up to a Hundred", "Ada Tiny", date(2021, 3, 4))
    assert (post.slug, post.description) == ("adding-up", "How a pupil summed a hundred numbers.")
    assert post.tags == essay.tags


@NAMES
def test_its_sections_are_the_authors_and_can_be_jumped_to(name: str) -> None:
    essay, post = read(name)
    assert [(section.level, section.heading) for section in post.sections[1:]] == [(2, "The Trick"), (2, "In Code")]
    assert tuple(section.anchor for section in post.sections[1:]) == essay.anchors
    assert all("#" in post.url_of(section) for section in post.sections[1:])
    assert post.sections[0].text.startswith("A pupil was told")


@NAMES
def test_formulas_are_their_latex_once_and_money_is_money(name: str) -> None:
    _, post = read(name)
    assert [equation.latex for equation in post.equations] == [DISPLAY]
    assert f"$$\n{DISPLAY}\n$$" in post.markdown and f"\\({LATEX}\\) always" in post.markdown
    assert post.counts.inline_formulas == 1 and "glyphs" not in post.markdown
    assert "tickets cost $4 to $5" in post.markdown


@NAMES
def test_code_runs_as_copied(name: str) -> None:
    essay, post = read(name)
    assert [(block.language, block.code) for block in post.code_blocks] == [(essay.language, CODE)]
    assert f"```{essay.language}\n{CODE}\n```" in post.markdown


@NAMES
def test_pictures_have_their_address_and_words(name: str) -> None:
    essay, post = read(name)
    assert [(figure.src, figure.caption or figure.alt) for figure in post.figures] == [
        (essay.picture, "The slate he used")
    ]
    assert f"![The slate he used]({essay.picture})" in post.markdown


@NAMES
def test_tables_are_tables_and_links_are_links(name: str) -> None:
    _, post = read(name)
    tokens = [token.type for token in MarkdownIt().enable("table").parse(post.markdown)]
    assert tokens.count("table_open") == 1 and tokens.count("td_open") >= 2
    assert [(link.target_slug, link.text) for link in post.links] == [("other-essay", "another essay")]


@NAMES
def test_a_footnote_is_linked_to_where_it_is_cited(name: str) -> None:
    essay, post = read(name)
    if not essay.footnote:
        assert post.footnotes == ()
        return
    assert [(note.label, note.text) for note in post.footnotes] == [("1", "The story is told of Gauss.")]
    assert re.search(r"hundred\[\^1\]\s?\.", post.sections[0].markdown)
    assert "[^1]: The story is told of Gauss." in post.sections[0].markdown


FURNITURE = (
    "Contents",
    "On this page",
    "Share",
    "comment",
    "unrelated",
    "min read",
    "ago",
    "Ada Tiny",
    "March",
    "Tags",
)


@NAMES
def test_furniture_of_the_page_is_not_content(name: str) -> None:
    _, post = read(name)
    everything = post.markdown + "".join(section.text for section in post.sections)
    assert [word for word in (*FURNITURE, "¶", "↩", "\u200b", "<", "Adding Up", "Copy") if word in everything] == []


@NAMES
def test_nothing_is_unclear_about_a_common_page(name: str) -> None:
    assert read(name)[1].unclear == ()


@pytest.mark.parametrize("name", ["hugo", "jekyll", "wordpress_classic", "wordpress_blocks", "json_ld_only"])
def test_a_blog_of_any_generator_syncs_from_its_feed(name: str, tmp_path: Path) -> None:
    essay = ESSAYS[name]
    feed = f"<rss><channel><item><title>x</title><link>{SITE}{essay.path}</link></item></channel></rss>"
    home = f'<link rel="canonical" href="{SITE}/"><link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    pages = {
        "/": ("text/html", home),
        "/feed.xml": ("application/rss+xml", feed),
        essay.path: ("text/html", essay.html),
    }
    with serving(pages) as served:
        snapshots = Snapshots(Settings(home=tmp_path, site=served.url))
        sync(snapshots)
        tools = BlogTools(snapshots)
        rows = tools.query_metadata("SELECT slug, title, author, published, n_equations FROM posts").rows
        tags = tools.query_metadata("SELECT tag FROM tags").rows
        (hit, *_) = tools.search_posts("gauss").hits
        snapshots.current().warehouse.close()
    assert rows == [["adding-up", "Adding Up to a Hundred", "Ada Tiny", "2021-03-04", 1]]
    assert sorted(tag for (tag,) in tags) == sorted(essay.tags)
    assert hit.url.startswith(f"{SITE}{essay.path}")
