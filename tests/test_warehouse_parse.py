"""What a post's page becomes: facts, sections, Markdown, of the tiny blog's three layouts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from page_text import jumps, words
from tiny_blog import NEW, NOTEBOOK, OLD, PUBLIC, TinyBlog, TinyPost

from warehouse.errors import ParseError
from warehouse.parse import parse_post
from warehouse.records import Counts, Link, Page, Post

READ_AT = datetime(2024, 1, 2, tzinfo=UTC)


def parsed(html: str, slug: str = "a-page") -> Post:
    return parse_post(Page(f"{PUBLIC}/posts/{slug}/", html.encode(), READ_AT), frozenset({"tiny.example"}))


def html_of(body: str, *, source: str = "rst", title: str = "A Page") -> str:
    post = TinyPost("a-page", title, "2020-01-01T12:00:00-05:00", (), body, source)
    return TinyBlog(posts=[post]).pages()["/posts/a-page/"][1]


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
