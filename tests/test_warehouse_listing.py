"""What is read from sitemaps and feeds, which are XML of strangers."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import serving
from tiny_blog import PUBLIC, TinyBlog

from warehouse.errors import ParseError
from warehouse.listing import listed_urls, post_paths

SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


def urls(xml: str | bytes) -> tuple[list[str], list[str]]:
    return listed_urls(xml.encode() if isinstance(xml, str) else xml, "/sitemap.xml")


@pytest.mark.parametrize(
    ("xml", "pages", "listings"),
    [
        (
            f"<?xml version='1.0'?><urlset {SITEMAP}><url><loc>\n http://a.example/x/?p=1&amp;q=2 </loc>"
            "<lastmod>2024-01-01</lastmod></url><!-- old --><url><loc><![CDATA[http://a.example/y/]]></loc></url></urlset>",
            ["http://a.example/x/?p=1&q=2", "http://a.example/y/"],
            [],
        ),
        (
            f'<urlset {SITEMAP} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url>'
            "<loc>http://a.example/x/</loc><image:image><image:loc>http://cdn.example/x</image:loc></image:image>"
            "</url></urlset>",
            ["http://a.example/x/"],
            [],
        ),
        (
            f"<sitemapindex {SITEMAP}><sitemap><loc>http://a.example/1.xml</loc></sitemap>"
            "<sitemap><loc>http://a.example/2.xml</loc></sitemap></sitemapindex>",
            [],
            ["http://a.example/1.xml", "http://a.example/2.xml"],
        ),
        (
            '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><link>http://a.example/</link>'
            '<atom:link rel="self" href="http://a.example/rss.xml"/><item><title>B</title><atom:link href="/no"/>'
            "<link>http://a.example/b/</link></item><item><link>http://a.example/a/</link></item></channel></rss>",
            ["http://a.example/b/", "http://a.example/a/"],
            [],
        ),
        (
            f'<feed {ATOM}><link href="http://a.example/"/><link rel="self" href="http://a.example/atom.xml"/>'
            '<entry><link rel="edit" href="http://a.example/edit/"/><link href="http://a.example/b/"/></entry>'
            '<entry><link rel="alternate" type="text/html" href="http://a.example/a/"/></entry></feed>',
            ["http://a.example/b/", "http://a.example/a/"],
            [],
        ),
        (
            f'<feed {ATOM}><entry><link href="http://a.example/b/"/><source><link href="http://b.example/"/></source>'
            "</entry></feed>",
            ["http://a.example/b/"],
            [],
        ),
        (f"<urlset {SITEMAP}></urlset>", [], []),
    ],
    ids=["sitemap", "images", "index", "rss", "atom", "source", "empty"],
)
def test_a_listing_gives_its_pages_in_order(xml: str, pages: list[str], listings: list[str]) -> None:
    assert urls(xml) == (pages, listings)


def test_a_listing_in_another_encoding_is_read() -> None:
    xml = '<?xml version="1.0" encoding="UTF-16"?><urlset><url><loc>http://a.example/é/</loc></url></urlset>'
    assert urls(xml.encode("utf-16")) == (["http://a.example/é/"], [])


def test_a_listing_cut_short_gives_what_came() -> None:
    assert urls("<urlset><url><loc>http://a.example/x/</loc></url><url><lo") == (["http://a.example/x/"], [])


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE html><html><head><title>404</title></head><body><p>Not here<br></body></html>",
        '<html><body><a href="http://a.example/x/">x</a></body></html>',
        '<svg xmlns="http://www.w3.org/2000/svg"/>',
        "not a listing",
        '{"urls": []}',
        "",
        b"\x00\xff\xfe\x01",
    ],
)
def test_what_is_no_listing_is_refused_by_name(document: str | bytes) -> None:
    with pytest.raises(ParseError, match="^/sitemap.xml is n"):
        urls(document)


@pytest.mark.timeout(5)
def test_an_entity_bomb_does_not_go_off() -> None:
    levels = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    xml = f'<!DOCTYPE x [<!ENTITY e0 "lol">{levels}]><urlset><url><loc>http://a.example/x/</loc></url>'
    assert urls(f"{xml}<url><loc>&e12;</loc></url></urlset>") == (["http://a.example/x/"], [])


@pytest.mark.timeout(5)
def test_a_listing_nested_endlessly_is_no_crash() -> None:
    assert urls(f"<urlset><url><loc>http://a.example/x/</loc></url>{'<x>' * 200_000}") == (["http://a.example/x/"], [])


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY e SYSTEM "{}">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "{}"> %p;]>',
        '<!DOCTYPE x SYSTEM "{}">',
    ],
    ids=["entity", "parameter", "dtd"],
)
def test_a_listing_reads_no_file_and_no_address(tmp_path: Path, doctype: str) -> None:
    secret = tmp_path / "secret.dtd"
    secret.write_text('<!ENTITY e "http://a.example/secret/">')
    body = "<urlset><url><loc>http://a.example/x/</loc></url><url><loc>&e;</loc></url></urlset>"
    with serving({"/secret.dtd": ("application/xml-dtd", secret.read_text())}) as served:
        for address in (secret.as_uri(), str(secret), f"{served.url}/secret.dtd"):
            assert urls(doctype.format(address) + body) == (["http://a.example/x/"], [])
        assert served.asked == []


@pytest.mark.parametrize(
    ("listed", "announced", "posts"),
    [
        (
            ["/", "/2019/", "/categories/betting/", "/posts/a/", "/posts/b/", "/posts/deep/c/"],
            ["/posts/b/"],
            ["/posts/a/", "/posts/b/"],
        ),
        (
            ["/2023/11/a-title/", "/2023/11/", "/about/"],
            ["/2024/05/b-title/"],
            ["/2023/11/a-title/", "/2024/05/b-title/"],
        ),
        (["/posts/a/index.html", "/posts/a/", "/posts/b.html"], ["/posts/a/"], ["/posts/a/", "/posts/b.html"]),
        (
            ["/posts/a/", "/posts/a.png", "/posts/data.csv", "/posts/v1.2-notes/"],
            ["/posts/a/"],
            ["/posts/a/", "/posts/v1.2-notes/"],
        ),
        (["/", "/a/", "/about/", "/a/", "/feed.xml", "/logo.svg"], [], ["/a/", "/about/"]),
        ([], ["/posts/a/", "/posts/b/"], ["/posts/a/", "/posts/b/"]),
        ([], [], []),
    ],
    ids=["prefix", "dates", "index.html", "files", "no feed", "no sitemap", "nothing"],
)
def test_posts_are_known_by_the_shape_of_the_feeds_entries(
    listed: list[str], announced: list[str], posts: list[str]
) -> None:
    assert post_paths(listed, announced) == posts


def test_the_tiny_blog_lists_its_posts_and_not_its_draft(tiny: TinyBlog) -> None:
    pages = tiny.pages()
    listed, announced = (urls(pages[path][1])[0] for path in ("/sitemap.xml", "/rss.xml"))
    assert len(listed) == 7 and len(announced) == 2
    paths = post_paths([url.removeprefix(PUBLIC) for url in listed], [url.removeprefix(PUBLIC) for url in announced])
    assert sorted(paths) == sorted(f"/posts/{post.slug}/" for post in tiny.posts)
