"""Every page of the real blog as it is parsed, held against what was counted in it by other means."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from conftest import REAL_EVAL
from markdown_it import MarkdownIt
from page_text import jumps, words

from warehouse.code_languages import lacks_language, with_languages
from warehouse.markdown import fenced
from warehouse.parse import parse_post
from warehouse.records import Page, Post

READ_AT = datetime(2024, 1, 2, tzinfo=UTC)
TRUTH = REAL_EVAL / "truth_dev.json"
TRUE_SLUGS = [post["slug"] for post in json.loads(TRUTH.read_text("utf-8"))["posts"]] if TRUTH.is_file() else []


@pytest.fixture(scope="module")
def real_pages(real_blog: Path) -> dict[str, str]:
    """The HTML of the published posts by slug; the draft's page exists but no listing names it."""
    pages = {page.parent.name: page.read_text("utf-8") for page in (real_blog / "posts").glob("*/index.html")}
    del pages["rl-math"]
    return pages


@pytest.fixture(scope="module")
def real_posts(real_pages: dict[str, str]) -> dict[str, Post]:
    hosts = frozenset({"bjlkeng.io", "bjlkeng.github.io"})
    return {
        slug: parse_post(Page(f"https://bjlkeng.io/posts/{slug}/", html.encode(), READ_AT), hosts)
        for slug, html in real_pages.items()
    }


@pytest.mark.blog
@pytest.mark.parametrize("slug", TRUE_SLUGS)
def test_every_counted_fact_of_the_real_blog(real_posts: dict[str, Post], truth: dict[str, Any], slug: str) -> None:
    true = next(entry for entry in truth["posts"] if entry["slug"] == slug)
    post = real_posts[slug]
    wanted = {
        **{fact: true[fact] for fact in ("title", "author", "published_date", "tags", "word_count", "source_kind")},
        "description": words(true["description"] or ""),
        "headings": [(h["level"], h["text"], h["anchor"] or "") for h in true["headings"] if not h["is_toc"]],
        **{fact: true[f"n_{fact}"] for fact in ("display_equations", "inline_math", "code_blocks", "images")},
        "footnotes": true["n_footnotes"],
        "captions": true["n_figures_captioned"],
        "neighbours": (true["prev_slug"] or "", true["next_slug"] or ""),
        "links_internal": sorted(true["links_internal"]),
        "links_broken": sorted(true["links_broken"]),
    }
    found = {
        "title": post.title,
        "author": post.author,
        "published_date": post.published.isoformat(),
        "tags": list(post.tags),
        "word_count": post.counts.words,
        "source_kind": post.source_kind,
        "description": post.description,
        "headings": [(s.level, s.heading, s.anchor) for s in post.sections[1:]],
        "display_equations": post.counts.equations,
        "inline_math": post.counts.inline_formulas,
        "code_blocks": post.counts.code_blocks,
        "images": post.counts.images,
        "footnotes": post.counts.footnotes,
        "captions": sum(bool(figure.caption) for figure in post.figures),
        "neighbours": (post.prev_slug, post.next_slug),
        "links_internal": sorted({link.target_slug for link in post.links} & real_posts.keys()),
        "links_broken": sorted({link.href for link in post.links if not link.host}),
    }
    assert found == wanted


@pytest.mark.blog
def test_the_whole_blog_has_every_formula_counted(real_posts: dict[str, Post]) -> None:
    assert len(real_posts) == 49
    assert sum(post.counts.equations for post in real_posts.values()) == 745
    assert sum(post.counts.inline_formulas for post in real_posts.values()) == 4_686
    for post in real_posts.values():
        assert len(post.equations) == post.counts.equations
        assert len(post.code_blocks) == post.counts.code_blocks
        assert len(post.figures) == post.counts.images


def formulas_of(html: str) -> tuple[list[str], list[str]]:
    """(display, inline) LaTeX of a page of the blog: rst posts mark it up, notebooks write it between dollars."""
    body = BeautifulSoup(html, "html.parser").select_one("[itemprop~=articleBody]")
    assert body is not None
    for tag in body.select(".contents.topic, pre, code, script, style, .output_wrapper"):
        tag.decompose()
    if not body.select_one(".text_cell"):
        inline = [tag.get_text().strip().removeprefix("\\(").removesuffix("\\)") for tag in body.select("span.math")]
        return [tag.get_text().strip() for tag in body.select("div.math")], inline
    pattern = r"\$\$(.+?)\$\$|\$([^$]+)\$|(\\begin\{(\w+\*?)\}.*?\\end\{\4\})"
    found = re.findall(pattern, body.get_text(), re.S)
    display = [(between or env).strip() for between, inline, env, _ in found if not inline]
    return display, [inline for _, inline, _, _ in found if inline]


@pytest.mark.blog
def test_every_formula_of_the_real_blog_stands_verbatim(
    real_pages: dict[str, str], real_posts: dict[str, Post]
) -> None:
    checked = 0
    for slug, html in real_pages.items():
        display, inline = formulas_of(html)
        checked += len(display) + len(inline)
        markdown = real_posts[slug].markdown
        assert [equation.latex for equation in real_posts[slug].equations] == display
        lost = [latex for latex, times in Counter(display).items() if markdown.count(latex) < times]
        lost += [latex for latex, times in Counter(inline).items() if markdown.count(f"\\({latex}\\)") != times]
        assert not lost, slug
    assert checked == 745 + 4_686


@pytest.mark.blog
def test_no_embedded_image_and_no_mark_of_ours_is_left(real_posts: dict[str, Post]) -> None:
    for post in real_posts.values():
        everything = post.markdown + "".join(section.text for section in post.sections)
        assert "base64," not in everything, post.slug
        assert not re.search("[\ue000-\uf8ff\u00a0]", everything), post.slug


@pytest.mark.blog
def test_every_text_fragment_of_the_real_blog_names_one_place(
    real_pages: dict[str, str], real_posts: dict[str, Post]
) -> None:
    fragments = [(slug, s.fragment) for slug, post in real_posts.items() for s in post.sections if s.fragment]
    assert len(fragments) > 300
    assert [found for found in fragments if jumps(real_pages[found[0]], found[1]) != 1] == []


@pytest.mark.blog
def test_every_section_of_the_real_blog_can_be_jumped_to(
    real_pages: dict[str, str], real_posts: dict[str, Post]
) -> None:
    """An anchor leads to the first element with its id, so a second heading with the same id needs a text fragment."""
    for slug, post in real_posts.items():
        taken: set[str] = set()
        for section in post.sections[1:]:
            assert section.anchor or section.fragment, (slug, section.heading)
            if section.anchor:
                assert f'id="{section.anchor}"' in unescape(real_pages[slug]), (slug, section.anchor)
                assert bool(section.fragment) == (section.anchor in taken), (slug, section.anchor)
            taken.add(section.anchor)
        assert not any("no address" in phrase for phrase in post.unclear)


@pytest.mark.blog
def test_what_is_unclear_about_the_real_blog_are_its_broken_links(real_posts: dict[str, Post]) -> None:
    unclear = {slug: len(post.unclear) for slug, post in real_posts.items() if post.unclear}
    assert unclear == {"a-first-post": 1, "functions-and-procedures": 1}


@pytest.mark.blog
@pytest.mark.parametrize("slug", TRUE_SLUGS)
def test_code_languages_of_the_real_blog(
    real_blog: Path, real_posts: dict[str, Post], truth: dict[str, Any], slug: str
) -> None:
    """Nikola's numbered listings name no language; the source that the page links does."""
    true = next(entry for entry in truth["posts"] if entry["slug"] == slug)
    post = real_posts[slug]
    source = real_blog / "posts" / slug / "index.rst"
    if lacks_language(post):
        assert post.source_url == f"{post.url}index.rst"
        post = with_languages(post, source.read_text("utf-8"))
    assert [block.language for block in post.code_blocks] == [
        (block["lang"] or "").lower() for block in true["code_blocks"]
    ]
    lines = [sum(bool(line.strip()) for line in block.code.split("\n")) for block in post.code_blocks]
    assert lines == [block["lines"] for block in true["code_blocks"]]  # blank ones are not counted there
    for block in post.code_blocks:
        assert fenced(block.code, block.language) in post.sections[block.section].markdown


@pytest.mark.blog
@pytest.mark.parametrize("slug", TRUE_SLUGS)
def test_links_images_and_tables_of_the_real_blog(
    real_pages: dict[str, str], real_posts: dict[str, Post], truth: dict[str, Any], slug: str
) -> None:
    true = next(entry for entry in truth["posts"] if entry["slug"] == slug)
    post = real_posts[slug]
    own = {"bjlkeng.io", "bjlkeng.github.io"}
    foreign = [link for link in post.links if link.host and link.host not in own]
    assert Counter(link.host for link in foreign) == true["external_hosts"]
    assert len(foreign) == true["links_external_count"]
    assert {unquote(link.href) for link in foreign} == set(map(unquote, true["links_external"]))
    inbound = [other for other, from_post in real_posts.items() if slug in {k.target_slug for k in from_post.links}]
    assert sorted(set(inbound) - {slug}) == sorted(true["linked_from"])
    assert sum(link.target_slug in real_posts for link in post.links) == true["links_internal_count"]
    listed = [("" if image["base64_chars"] else image["src"].partition(".io/")[2]) for image in true["images"]]
    assert [(f.src.partition(".io/")[2] if f.src != post.url else "") for f in post.figures] == listed
    assert [figure.alt for figure in post.figures] == [words(image["alt"] or "") for image in true["images"]]
    citations = len(post.footnotes) - post.counts.footnotes
    assert citations == true["n_citations"]
    if post.source_kind == "rst":  # a notebook's printed tables are what its code says, not the author's
        tables = [token for token in MarkdownIt().enable("table").parse(post.markdown) if token.type == "table_open"]
        assert len(tables) == true["n_tables"]


@pytest.mark.blog
def test_python_of_the_real_blog_is_python(real_blog: Path, real_posts: dict[str, Post]) -> None:
    """All 31 blocks compile as copied, a notebook's own commands (`%matplotlib`) apart."""
    blocks = []
    for slug, post in real_posts.items():
        if lacks_language(post):
            post = with_languages(post, (real_blog / "posts" / slug / "index.rst").read_text("utf-8"))
        blocks += [block.code for block in post.code_blocks if block.language == "python"]
    assert len(blocks) == 31
    for code in blocks:
        ast.parse(re.sub(r"(?m)^%.*$", "", dedent(code)))


@pytest.mark.blog
def test_sections_never_hold_more_words_than_their_post(real_posts: dict[str, Post]) -> None:
    for post in real_posts.values():
        assert sum(section.words for section in post.sections) <= post.counts.words, post.slug
