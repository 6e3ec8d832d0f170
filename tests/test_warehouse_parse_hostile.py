"""Pages that are wrong, hostile or no posts at all end with a post or with a ParseError, and soon."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime

import pytest

from warehouse.errors import ParseError
from warehouse.parse import parse_post
from warehouse.records import Page, Post

URL = "http://essays.example/posts/a-page/"
HEAD = '<title>T</title><meta name="author" content="Ada"><meta property="article:published_time" content="2020-01-02">'
SECONDS = 20.0


def parsed(content: bytes | str, *, charset: str = "", url: str = URL) -> Post:
    page = Page(
        url, content.encode() if isinstance(content, str) else content, datetime(2024, 1, 2, tzinfo=UTC), charset
    )
    return parse_post(page, frozenset({"essays.example"}))


def page_of(body: str, head: str = HEAD) -> str:
    return f"<html><head>{head}</head><body><article><h1>T</h1>{body}</article></body></html>"


# Character sets


@pytest.mark.parametrize(
    ("written", "http", "declared"),
    [
        ("utf-8", "", ""),
        ("utf-8", "iso-8859-1", '<meta charset="iso-8859-1">'),
        ("utf-8-sig", "", ""),
        ("utf-16", "", '<meta charset="utf-8">'),
        ("utf-16-le", "UTF-16LE", ""),
        ("utf-16-be", "utf-16be", ""),
        ("latin-1", "iso-8859-1", ""),
        ("latin-1", "", '<meta charset="latin1">'),
        ("cp1252", "", '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">'),
        ("cp1252", "", ""),
        ("cp1252", "no-such-charset", ""),
        ("iso-8859-2", "ISO-8859-2", '<meta charset="utf-8">'),
    ],
)
def test_the_letters_are_those_meant(written: str, http: str, declared: str) -> None:
    """Valid UTF-8 is UTF-8 whatever is declared; else HTTP comes before the page, and Latin-1 means windows-1252."""
    name = "Poincaré" if written != "iso-8859-2" else "Poincaré Erdős"
    post = parsed(page_of(f"<p>{name}</p>", declared + HEAD).encode(written), charset=http)
    assert post.sections[0].text == name


# What no article has


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 100_000 + "core",
        "<b>" * 5_000 + "core",
        "<ul><li>" * 3_000 + "core",
        "<table><tr><td>" * 2_000 + "core",
        "<p>core" + "<p>" * 200_000,
        "core" + "<ol>" + "<li>x" * 20_000,
        "core" + "<i>x</i>" * 20_000,
        "core" + "\\(" * 300_000,
        "core" + "".join(f"\\begin{{e{n}}}" for n in range(200_000)) + "\\end{z}",
        "core $$" + "<br>$$ x" * 20_000,
        f'core <a href="{"x" * 10_000_000}">y</a>',
        f'core <img alt="{"y " * 5_000_000}" src="z.png">',
        f'core <img src="data:image/png;base64,{base64.b64encode(bytes(6_000_000)).decode()}">',
        "core" + "&#xE000;" * 500_000,
        "core" + " \t\n" * 2_000_000,
        "core" + "<h2>core</h2>" * 900,
        "core" + "".join(f'<h2 id="h{n}">core</h2>' for n in range(20_000)),
        "core<sup><a href='#n'>1</a></sup>" * 10_000 + "<div class=footnotes><ol><li id=n>n</ol></div>",
        "core<pre>" + "<br>" * 40_000 + "x</pre>",
        "core" + "<div class='highlight language-x'><pre>x</pre></div>" * 5_000,
        "core" + "<figure>" + "<img src=x>" * 20_000 + "<figcaption>c</figcaption></figure>",
        "core" + "<p class='toc'>x" * 40_000,
        "core" + "<span class='math'>" * 190 + "x",
    ],
    ids=lambda body: body[:30],
)
def test_a_monstrous_page_is_read_or_refused_in_bounded_time(body: str) -> None:
    started = time.process_time()
    try:
        post = parsed(page_of(body))
    except ParseError as error:
        assert str(error).startswith(f"{URL} is not a post: it ")
    else:
        assert "core" in post.markdown
        assert "base64" not in post.markdown
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 1000,
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"<!-- only a comment",
        b"%PDF-1.4 \xe2\xe3\xcf\xd3",
        b"<html",
        b'<script type="application/ld+json">' + b"[" * 100_000,
        b'<script type="application/ld+json">{"@type": "Article", "author": {"@id": 3}, "headline": {"a": 1}}</script>',
    ],
    ids=repr,
)
def test_what_is_no_page_is_refused(content: bytes) -> None:
    with pytest.raises(ParseError, match="is not a post"):
        parsed(content)


def test_unclosed_tags_and_stray_bytes_lose_no_words() -> None:
    post = parsed(page_of("<p>One <b>two<p>three\0 fo\x01ur <td>five</table><li>six <a href='x>seven</a>").encode())
    assert "One **two**" in post.markdown and "three four" in post.sections[0].text
    assert all(word in post.sections[0].text for word in ("five", "six"))


@pytest.mark.parametrize(
    "written", ["&#x&#xE000;E000;", "&#xE00&#xE000;0;", "&#5&#57344;7344;", "&#X00E000;", "&#0057344"]
)
def test_a_token_cannot_be_forged_in_pieces(written: str) -> None:
    close = written.replace("E000", "E001").replace("57344", "57345")
    post = parsed(page_of(f"<p>Forged {written}I0{close} and \\(x\\)</p>"))
    assert post.markdown.count("\\(x\\)") == 1 and post.counts.inline_formulas == 1


@pytest.mark.parametrize(
    "href", ["data:text/html;base64,QUJD", "javascript:alert(1)", "JavaScript:alert(1)", "vbscript:x"]
)
def test_a_link_that_would_run_is_shown_as_its_words(href: str) -> None:
    post = parsed(page_of(f'<p>Do <a href="{href}">press</a> this.</p>'))
    assert post.markdown.strip() == "Do press this."
    assert post.unclear == (f"a link that leads nowhere: {href}",)


@pytest.mark.parametrize("rel", ["prev", "next", "canonical"])
def test_a_neighbour_that_is_no_address_is_none(rel: str) -> None:
    post = parsed(page_of("<p>Text.</p>", HEAD + f'<link rel="{rel}" href="http://[x">'))
    assert (post.prev_slug, post.next_slug) == ("", "")


# Pages that are no posts

ENTRY = """<article class="post h-entry"><h2 class="entry-title"><a href="/{0}/" rel="bookmark">{0}</a></h2>
<time class="dt-published" datetime="2020-01-0{1}">x</time>
<div class="entry-content"><p>Words of {0}.</p></div></article>"""


@pytest.mark.parametrize(
    "html",
    [
        "<h1>About</h1><main><p>I write essays.</p></main>",
        "<article><h1>About</h1><p>I write essays, since long ago.</p><p>Updated 3 days ago.</p></article>",
        "<h1>Tag: sums</h1><main>" + ENTRY.format("one", 1) + "</main>",
        "<h1>Essays</h1><main>" + ENTRY.format("one", 1) + ENTRY.format("two", 2) + "</main>",
        "<main><h1>Archive</h1><ul>"
        + "".join(f'<li><time datetime="2020-01-0{n}">x</time> <a href="/{n}/">Essay {n}</a></li>' for n in range(1, 5))
        + "</ul></main>",
        '<main><h1>Archive</h1><table><tr><td><time datetime="2020-01-01"></time></td>'
        '<td><a href="/1/">x</a></td></tr></table></main>',
        '<main><h1>Home</h1><p>Hello.</p></main><aside><time datetime="2020-01-01">Latest</time></aside>',
        '<script type="application/ld+json">{"@type": "WebPage", "datePublished": "2020-01-01"}</script>'
        "<main><h1>About</h1><p>Me.</p></main>",
        '<script type="application/ld+json">{"@graph": [{"@type": "BlogPosting", "url": "/1/", "headline": "One", '
        '"datePublished": "2020-01-01"}]}</script><main><h1>Home</h1><p>Hello.</p></main>',
        "<article><h1>Gone</h1><p>404</p></article>",
    ],
    ids=["about", "about, relative date", "tag with one post", "home", "archive list", "archive table", "landing page"]
    + ["web page in JSON-LD", "list in JSON-LD", "not found"],
)
def test_a_page_that_is_no_post_is_refused(html: str) -> None:
    with pytest.raises(ParseError, match="is not a post"):
        parsed(f"<html><head><title>Essays</title></head><body>{html}</body></html>", url="http://essays.example/page/")


def test_a_listing_says_that_it_is_one() -> None:
    with pytest.raises(ParseError, match=r"is not a post: it lists 2$"):
        parsed(f"<body>{ENTRY.format('one', 1)}{ENTRY.format('two', 2)}</body>")


@pytest.mark.parametrize(
    ("printed", "date"),
    [
        ("January 2, 2020", "2020-01-02"),
        ("Posted on 2nd of Jan. 2020 by Ada", "2020-01-02"),
        ("Thu, Jan 2 2020 — 5 min", "2020-01-02"),
        ("2020/1/2", "2020-01-02"),
        ("2 days ago", ""),
        ("01/02/2020", ""),
        ("Spring 2020", ""),
        ("February 30, 2020", ""),
    ],
)
def test_a_date_is_read_where_it_is_one_and_never_invented(printed: str, date: str) -> None:
    html = (
        f'<article><h1>T</h1><p class="post-meta">{printed}</p><div class="entry-content"><p>Text.</p></div></article>'
    )
    if date:
        assert parsed(html).published.isoformat() == date
    else:
        with pytest.raises(ParseError, match="no date"):
            parsed(html)


def test_what_could_not_be_understood_is_named() -> None:
    body = r"""<p>See <a href="#fn:9" class="footnote-ref">9</a>, \(x\), \[ a <em>b</em> \] and
<math><mi>y</mi></math>.</p>"""
    head = HEAD.replace('<meta name="author" content="Ada">', '<script type="application/ld+json">{oops</script>')
    assert parsed(page_of(body, head)).unclear == (
        "JSON-LD that is not JSON",
        "no author",
        "1 formulas in MathML without their LaTeX",
        "1 formulas cut by markup",
        "1 notes cited but not given",
    )
