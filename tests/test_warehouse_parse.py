"""What a post's page becomes: facts, sections, Markdown. First the tiny blog's three layouts, then the real blog."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from conftest import REAL_EVAL
from markdown_it import MarkdownIt
from tiny_blog import NEW, NOTEBOOK, OLD, PUBLIC, TinyBlog, TinyPost

from warehouse.code_languages import lacks_language, with_languages
from warehouse.errors import ParseError
from warehouse.markdown import fenced
from warehouse.parse import parse_post
from warehouse.records import Counts, Link, Page, Post

READ_AT = datetime(2024, 1, 2, tzinfo=UTC)
TRUTH = REAL_EVAL / "truth_dev.json"
TRUE_SLUGS = [post["slug"] for post in json.loads(TRUTH.read_text("utf-8"))["posts"]] if TRUTH.is_file() else []


def parsed(html: str, slug: str = "a-page") -> Post:
    return parse_post(Page(f"{PUBLIC}/posts/{slug}/", html.encode(), READ_AT), frozenset({"tiny.example"}))


def html_of(body: str, *, source: str = "rst", title: str = "A Page") -> str:
    post = TinyPost("a-page", title, "2020-01-01T12:00:00-05:00", (), body, source)
    return TinyBlog(posts=[post]).pages()["/posts/a-page/"][1]


def words(text: str) -> str:
    return " ".join(text.split())


def link_targets(markdown: str) -> list[str]:
    """Where the links of a Markdown text lead, as a CommonMark reader sees them."""
    tokens = [child for token in MarkdownIt().parse(markdown) for child in token.children or []]
    return [unquote(str(token.attrs["href"])) for token in tokens if token.type == "link_open"]


@pytest.fixture(scope="module")
def tiny_posts() -> dict[str, Post]:
    pages = TinyBlog().pages()
    return {post.slug: parsed(pages[f"/posts/{post.slug}/"][1], post.slug) for post in (NOTEBOOK, OLD, NEW)}


@pytest.mark.parametrize(
    ("slug", "title", "published", "kind", "neighbours"),
    [
        ("coin-flips", "Coin Flips, Simulated", date(2015, 11, 1), "ipynb", ("", "kelly-bets")),
        ("kelly-bets", "Kelly Bets & Coins", date(2019, 2, 3), "rst", ("coin-flips", "hamiltonian-walks")),
        ("hamiltonian-walks", "Hamiltonian Walks", date(2021, 12, 23), "rst", ("kelly-bets", "")),
    ],
)
def test_title_and_date_are_those_printed(
    tiny_posts: dict[str, Post], slug: str, title: str, published: date, kind: str, neighbours: tuple[str, str]
) -> None:
    """og:title is cut after eight characters; two of the posts appeared on an evening that is the next day in UTC."""
    post = tiny_posts[slug]
    assert (post.title, post.published, post.source_kind) == (title, published, kind)
    assert (post.prev_slug, post.next_slug) == neighbours
    assert (post.slug, post.url, post.author) == (slug, f"{PUBLIC}/posts/{slug}/", "Ada Tiny")


@pytest.mark.parametrize("written", [NOTEBOOK, OLD, NEW], ids=lambda post: post.slug)
def test_tags_keep_their_case_and_order(tiny_posts: dict[str, Post], written: TinyPost) -> None:
    assert tiny_posts[written.slug].tags == written.tags


@pytest.mark.parametrize(
    ("slug", "counts"),
    [
        ("coin-flips", Counts(sections=1, equations=2, inline_formulas=1, code_blocks=1, images=0, footnotes=1)),
        ("kelly-bets", Counts(sections=3, equations=1, inline_formulas=2, code_blocks=1, images=0, footnotes=1)),
        ("hamiltonian-walks", Counts(sections=3, equations=0, inline_formulas=1, code_blocks=1, images=1, footnotes=0)),
    ],
)
def test_what_a_post_holds_is_counted(tiny_posts: dict[str, Post], slug: str, counts: Counts) -> None:
    assert replace(tiny_posts[slug].counts, words=0) == counts


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("<h4>Two words</h4>\n<p>and three more</p>", 5),
        ("<h4>Two words</h4><p>and three more</p>", 5),
        (r'<p>where <span class="math">\(a + b = c\)</span>, <em>so</em> - say - it holds</p>', 6),
        (r'<p>is</p><div class="math">\begin{equation*} a b c \end{equation*}</div><pre class="code">x = 1</pre>', 1),
    ],
    ids=["headings count", "blocks are apart", "an inline formula is one word", "equations and code are none"],
)
def test_words_are_those_of_prose(body: str, count: int) -> None:
    assert parsed(html_of(body)).counts.words == count


@pytest.mark.parametrize(
    ("slug", "sections"),
    [
        ("coin-flips", [(3, "Long Runs (and Short)", "Long-Runs-(and-Short)", ("Long Runs (and Short)",))]),
        (
            "kelly-bets",
            [
                (4, "The Formula", "", ("The Formula",)),
                (5, "Why Logarithms", "", ("The Formula", "Why Logarithms")),
                (4, "Simulation", "", ("Simulation",)),
            ],
        ),
        (
            "hamiltonian-walks",
            [
                (2, "Motivation", "motivation", ("Motivation",)),
                (3, "Leapfrog Steps", "leapfrog", ("Motivation", "Leapfrog Steps")),
                (2, "Results", "results", ("Results",)),
            ],
        ),
    ],
)
def test_sections_have_bare_headings_anchors_and_paths(
    tiny_posts: dict[str, Post], slug: str, sections: list[tuple[int, str, str, tuple[str, ...]]]
) -> None:
    opening, *rest = tiny_posts[slug].sections
    assert (opening.level, opening.heading, opening.anchor, opening.path) == (1, "", "", ())
    assert [(s.level, s.heading, s.anchor, s.path) for s in rest] == sections
    assert [s.position for s in tiny_posts[slug].sections] == list(range(len(sections) + 1))


@pytest.mark.parametrize("slug", ["coin-flips", "kelly-bets", "hamiltonian-walks"])
def test_furniture_of_the_page_is_not_content(tiny_posts: dict[str, Post], slug: str) -> None:
    post = tiny_posts[slug]
    everything = post.markdown + "".join(section.text for section in post.sections)
    for furniture in ("Table of Contents", "Sidebar", "paprika", "TEASER", "leak", "Source", "In [1]", "¶", "↩"):
        assert furniture not in everything


def test_scripts_styles_and_comments_inside_an_article_are_not_content() -> None:
    junk = "<script>leak = '$a$'</script><style>.leak {}</style><!-- a leaked $b$ -->"
    post = parsed(html_of(f"<p>Kept.</p>{junk}", source="ipynb"))
    assert post.markdown.strip() == post.sections[0].text == "Kept."
    assert (post.counts.words, post.counts.inline_formulas) == (1, 0)


def test_prose_is_not_escaped() -> None:
    prose = "Set max_iter * 2 * n_steps [sic] #1 + 1. So."
    post = parsed(html_of(f"<p>{prose}</p>"))
    assert post.markdown.strip() == post.sections[0].text == prose


def test_sections_join_to_the_whole_markdown(tiny_posts: dict[str, Post]) -> None:
    post = tiny_posts["hamiltonian-walks"]
    starts = [post.markdown.index(section.markdown) for section in post.sections]
    assert starts == sorted(starts)
    assert post.markdown == "".join(section.markdown for section in post.sections)
    assert re.findall(r"^#.*", post.markdown, re.M) == ["## Motivation", "### Leapfrog Steps", "## Results"]
    assert "valley.\n\n### Leapfrog" in post.markdown  # a join never glues a paragraph to a heading


def test_a_footnote_stands_with_the_section_that_cites_it(tiny_posts: dict[str, Post]) -> None:
    cited = tiny_posts["kelly-bets"].sections
    assert "#### The Formula[^1]" in cited[1].markdown
    assert "[^1]: John Kelly published it in 1956." in cited[1].markdown and "published it in 1956" in cited[1].text
    assert "1956" not in cited[3].markdown
    borel = tiny_posts["coin-flips"].sections[1]
    assert "showed[^1]" in borel.markdown and "[^1]: Borel, 1909." in borel.markdown
    assert [(note.label, note.text) for note in tiny_posts["coin-flips"].footnotes] == [("1", "Borel, 1909.")]


@pytest.mark.parametrize("source", ["rst", "html"])
def test_dollars_are_money(source: str) -> None:
    post = parsed(html_of("<p>From $4.99 to $5.99, or free.</p>", source=source))
    assert "From $4.99 to $5.99, or" in post.markdown and post.counts.inline_formulas == 0


def test_dollars_are_money_in_a_post_and_mathematics_in_a_notebook(tiny_posts: dict[str, Post]) -> None:
    assert "Tickets cost $4.99 or $5.99." in tiny_posts["kelly-bets"].markdown
    assert r"tends to \(\frac{1}{2}\), as Borel" in tiny_posts["coin-flips"].markdown


def test_adjacent_equations_are_two(tiny_posts: dict[str, Post]) -> None:
    post = tiny_posts["coin-flips"]
    assert [equation.latex for equation in post.equations] == ["P(H) = 0.5", "P(T) = 0.5"]
    assert "$$\nP(H) = 0.5\n$$\n\n$$\nP(T) = 0.5\n$$" in post.markdown


def test_an_equation_loses_no_character(tiny_posts: dict[str, Post]) -> None:
    latex = "\\begin{equation*}\nG(f) = p \\log(1 + bf) & q \\log(1 - f)\n\\end{equation*}"
    post = tiny_posts["kelly-bets"]
    assert [(equation.section, equation.latex) for equation in post.equations] == [(1, latex)]
    assert f"$$\n{latex}\n$$" in post.markdown
    assert r"\(f^* = \frac{bp - q}{b}\), where \(q = 1 - p\)" in post.markdown


def test_line_numbered_code_runs_as_copied(tiny_posts: dict[str, Post]) -> None:
    (block,) = tiny_posts["hamiltonian-walks"].code_blocks
    assert block.section == 2 and "\u00a0" not in block.code
    names: dict[str, Any] = {"p": 250, "q": 0, "grad": lambda q: 1}
    exec(block.code, names)
    assert names["p"] == 0
    assert f"```\n{block.code}\n```" in tiny_posts["hamiltonian-walks"].markdown


def test_coloured_code_keeps_its_language_and_indentation(tiny_posts: dict[str, Post]) -> None:
    (block,) = tiny_posts["kelly-bets"].code_blocks
    assert block.language == "python"
    assert block.code == "def kelly(b, p):\n    return (b * p - (1 - p)) / b"


def test_a_fence_outlasts_the_backticks_in_its_code() -> None:
    markdown = parsed(html_of('<pre class="code text">```\nfenced\n```</pre><p>After.</p>')).markdown
    (block,) = [token.content for token in MarkdownIt().parse(markdown) if token.type == "fence"]
    assert block == "```\nfenced\n```\n"


def test_notebook_output_is_not_a_code_block(tiny_posts: dict[str, Post]) -> None:
    post = tiny_posts["coin-flips"]
    assert [(c.language, c.code) for c in post.code_blocks] == [("python", "flips = [flip() for _ in range(10)]")]
    assert "0.6 heads" in post.markdown


def test_a_figure_becomes_an_image_with_its_caption(tiny_posts: dict[str, Post]) -> None:
    caption = r"Figure 1: A walk with \(\epsilon\) small"
    post = tiny_posts["hamiltonian-walks"]
    assert f"![{caption}]({PUBLIC}/images/walk.png)" in post.sections[3].markdown
    assert [(f.section, f.src, f.caption) for f in post.figures] == [(3, f"{PUBLIC}/images/walk.png", caption)]
    assert post.sections[3].text.count("Figure 1") == 1


def test_an_embedded_image_leaves_no_bytes() -> None:
    post = parsed(html_of('<p>A <img src="data:image/png;base64,iVBORw0KGgo="> B</p>'))
    assert "base64" not in post.markdown and post.counts.images == 1


def test_a_linked_figure_stays_a_linked_figure() -> None:
    post = parsed(html_of('<div class="figure"><a href="../demo/"><img alt="Demo" src="/d.png"></a></div>'))
    assert link_targets(post.markdown) == [f"{PUBLIC}/posts/demo/"]


def test_a_table_becomes_a_markdown_table(tiny_posts: dict[str, Post]) -> None:
    assert "| Step | Rate |\n| --- | --- |\n| 0.1 | 97% |" in tiny_posts["hamiltonian-walks"].markdown


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("10<sup>6</sup> draws", "10^6 draws"),
        ("x<sup>-1</sup> and 2<sup>n + 1</sup>", "x^-1 and 2^(n + 1)"),
        ("H<sub>2</sub>O and a<sub>i,j</sub>", "H_2O and a_(i,j)"),
        ("the 1<sup>st</sup> of May", "the 1st of May"),
        ("as shown<sup>[3]</sup>", "as shown[3]"),
    ],
)
def test_an_exponent_is_told_from_the_number_before_it(html: str, text: str) -> None:
    post = parsed(html_of(f"<p>{html}</p>"))
    assert post.sections[0].text == post.markdown.strip() == text


def test_a_pipe_or_a_listing_in_a_cell_keeps_the_table_whole() -> None:
    post = parsed(
        html_of("<table><tr><th>P(x|z)</th><th>code</th></tr><tr><td>1</td><td><pre>a\nb</pre></td></tr></table>")
    )
    (table,) = [section.markdown for section in post.sections]
    assert table.split("\n")[:3] == ["| P(x\\|z) | code |", "| --- | --- |", "| 1 | `a`<br>`b` |"]
    assert "P(x|z)" in post.sections[0].text and [block.code for block in post.code_blocks] == ["a\nb"]


def test_columns_of_a_table_do_not_turn_it_into_code() -> None:
    columns = "<colgroup><col><col><col><col></colgroup>"
    post = parsed(html_of(f"<table>{columns}<tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>"))
    assert post.markdown.startswith("| a | b |\n| --- | --- |\n| c | d |")


def test_a_table_without_a_header_is_still_a_table() -> None:
    post = parsed(html_of("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>"))
    assert [token.type for token in MarkdownIt().enable("table").parse(post.markdown)].count("td_open") >= 2


def test_links_are_resolved_and_sorted_into_own_and_foreign(tiny_posts: dict[str, Post]) -> None:
    walks, paper, malformed = tiny_posts["kelly-bets"].links
    assert walks == Link(f"{PUBLIC}/posts/hamiltonian-walks/", "hamiltonian-walks", "tiny.example", "walks")
    assert paper == Link("https://arxiv.org/abs/1206.1901", "", "arxiv.org", "a paper")
    assert (malformed.target_slug, malformed.host, malformed.text) == ("", "", "this")
    markdown = tiny_posts["kelly-bets"].markdown
    assert f"[walks]({PUBLIC}/posts/hamiltonian-walks/) and [a paper](https://arxiv.org/abs/1206.1901)" in markdown


@pytest.mark.parametrize("href", [")https:/broken.example/x", "http://[x", "bhttp://broken.example/"])
def test_a_malformed_link_leads_nowhere(href: str) -> None:
    post = parsed(html_of(f'<p>See <a href="{href}">this</a> now.</p>'))
    assert [(link.target_slug, link.host) for link in post.links] == [("", "")]
    assert "this" in post.markdown
    assert not [url for url in link_targets(post.markdown) if url.startswith(PUBLIC)]


@pytest.mark.parametrize("path", ["Walk_(graph)", "Uniform_(continuous", "a)b", "Greg Ward.pdf"])
def test_a_link_is_whole_in_markdown(path: str) -> None:
    post = parsed(html_of(f'<p>See <a href="https://en.example/{path}">this</a> now.</p>'))
    assert link_targets(post.markdown) == [f"https://en.example/{path}"]


@pytest.mark.parametrize("written", ["\ue000{}\ue001", "&#xE000;{}&#xE001;", "&#57344;{}&#57345;"])
@pytest.mark.parametrize("token", ["I0", "I7", "H0"])
def test_a_page_cannot_forge_a_formula(written: str, token: str) -> None:
    body = rf'<p>Forged: {written.format(token)}. <span class="math">\(x\)</span></p>'
    post = parsed(html_of(body))
    assert words(post.markdown) == rf"Forged: {token}. \(x\)"
    assert post.counts.inline_formulas == 1 and len(post.sections) == 1


_TITLE, _DATE, _TEXT = "<h1>T</h1>", '<time datetime="2020-01-01"></time>', "<article>Text.</article>"


@pytest.mark.parametrize(
    ("html", "lacks"),
    [
        (_DATE + _TEXT, "no title"),
        (_TITLE + _TEXT, "no date"),
        (_TITLE + _TEXT + '<time datetime="last spring"></time>', "no date"),
        (_TITLE + _DATE + "<p>Text.</p>", "no article"),
        ("", "no article and no title and no date"),
    ],
)
def test_a_page_that_is_no_post_says_what_it_lacks(html: str, lacks: str) -> None:
    assert "Text." in parsed(_TITLE + _DATE + _TEXT).markdown
    with pytest.raises(ParseError, match=f"^{PUBLIC}/posts/a-page/ is not a post: it has {lacks}$"):
        parsed(html)


@pytest.mark.parametrize("tag", ["div", "ul><li"])
def test_a_page_nested_endlessly_is_read_or_refused(tag: str) -> None:
    try:
        post = parsed(html_of(f"<{tag}>" * 20_000 + "core"))
    except ParseError as error:
        assert "nested too deeply" in str(error)
    else:
        assert "core" in post.markdown


def jumps(html: str, fragment: str) -> int:
    """How many places of a page a text fragment names: whole words within one block, in any case, and around them the
    context it demands, be it in the next block."""
    body = re.sub(r"(?s)<!--.*?-->|<(script|style)\b.*?</\1>", "", html[html.index("<body") :])
    body = re.sub(
        r"</?(?:div|p|h\d|[uod]l|li|d[td]|table|t[rdh]|pre|blockquote|header|article|br|nav)\b[^>]*>", "\0", body
    )
    text = "\0".join(words(unescape(re.sub(r"<[^>]*>", "", block))).lower() for block in body.split("\0"))
    parts = fragment.removeprefix(":~:text=").split(",")
    before = next((part[:-1] for part in parts if part.endswith("-")), "")
    after = next((part[1:] for part in parts if part.startswith("-")), "")
    (start,) = (part for part in parts if part not in (f"{before}-", f"-{after}"))
    pattern = rf"(?<!\w){re.escape(unquote(start).lower())}(?!\w)"
    if before:
        pattern = rf"(?<!\w){re.escape(unquote(before).lower())}[\0 ]*" + pattern
    if after:
        pattern += rf"[\0 ]*{re.escape(unquote(after).lower())}(?!\w)"
    return len(re.findall(pattern, text))


@pytest.mark.parametrize(
    "body",
    [
        "<h4>Some Dice</h4><p>Each one is fair.</p>",
        "<h4>Twice</h4><p>The first time it is new.</p><h4>Twice</h4><p>The second time it is old.</p>",
        "<h4>Twice</h4><ul><li>a walk in the woods</li><li>one more walk</li></ul><p>We walk it twice a day.</p>",
        "<h4>Rates</h4><table><tr><td>rates of</td><td>growth</td></tr></table><p>All of the rates are high.</p>",
        "<h4>Calls</h4><p>Two calls: <code>f</code> and <code>g</code>.</p><p>Neither of them returns.</p>",
        "<h4>Kelly Bets</h4><p>A bet is a stake in a game.</p>",
        "<h4>Kelly Bets</h4><h5>Kelly Bets at Home</h5><p>Few words.</p>",
        "<p>It all ends well.</p><h4>Kelly Bets</h4><ul><li>Kelly Bets</li></ul>",
    ],
    ids=["heading", "repeated", "list", "table", "code", "title", "empty", "nothing of its own"],
)
def test_a_section_without_an_anchor_is_reached_by_words_that_stand_once(body: str) -> None:
    html = html_of(body, title="Kelly Bets & Coins")
    fragments = [section.fragment for section in parsed(html).sections[1:]]
    assert all(fragment.startswith(":~:text=") for fragment in fragments)
    assert [jumps(html, fragment) for fragment in fragments] == [1] * len(fragments)


def test_an_anchor_needs_no_text_fragment(tiny_posts: dict[str, Post]) -> None:
    assert not any(section.fragment for section in tiny_posts["hamiltonian-walks"].sections)


# The real blog


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
