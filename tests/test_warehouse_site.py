"""The one way out: the configured blog is read politely and within limits, and nothing else is asked anything."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from conftest import Served, respond, serving
from tiny_blog import PUBLIC, TinyBlog

from warehouse.errors import RefusedUrl, SiteError
from warehouse.site import Site

POSTS = ["/posts/coin-flips/", "/posts/kelly-bets/", "/posts/hamiltonian-walks/"]
LIMIT = 10_000_000
"""Bytes of one page, after decompression."""


@pytest.fixture
def other() -> Iterator[Served]:
    """A server that must never be asked anything."""
    with serving({}) as served:
        yield served


def body(served: Served, path: str) -> bytes:
    return Site(served.url).page(path, PUBLIC + path).content


def pages_asked(served: Served) -> list[str]:
    return [path for path in served.asked if path != "/robots.txt"]


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/x", "//127.0.0.1:{port}/x", "http://localhost:{port}/x"])
def test_a_redirect_to_another_host_or_port_is_refused(site: Served, other: Served, status: int, target: str) -> None:
    location = target.format(port=other.url.rpartition(":")[2])
    site.special["/posts/kelly-bets/"] = respond(status, Location=location)
    with pytest.raises(RefusedUrl, match="another host"):
        body(site, "/posts/kelly-bets/")
    assert other.asked == []


def test_a_second_hop_is_checked_like_the_first(site: Served, other: Served) -> None:
    site.special["/posts/kelly-bets/"] = respond(302, Location="/posts/moved/")
    site.special["/posts/moved/"] = respond(302, Location=other.url + "/posts/moved/")
    with pytest.raises(RefusedUrl):
        body(site, "/posts/kelly-bets/")
    assert other.asked == []


def test_robots_txt_is_not_fetched_from_elsewhere(site: Served, other: Served) -> None:
    site.special["/robots.txt"] = respond(301, Location=other.url + "/robots.txt")
    with pytest.raises(SiteError):
        body(site, "/posts/kelly-bets/")
    assert other.asked == [] and pages_asked(site) == []


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)", "http://[bad"])
def test_a_redirect_to_no_web_page_is_an_error_that_says_so(site: Served, location: str) -> None:
    site.special["/posts/kelly-bets/"] = respond(302, Location=location)
    with pytest.raises(SiteError, match="/posts/kelly-bets/"):
        body(site, "/posts/kelly-bets/")


def test_a_redirect_without_a_target_is_an_error(site: Served) -> None:
    site.special["/posts/kelly-bets/"] = respond(302, Content_Type="text/html")
    with pytest.raises(SiteError, match="/posts/kelly-bets/ answered 302"):
        body(site, "/posts/kelly-bets/")


def test_redirects_in_a_circle_end(site: Served) -> None:
    site.special["/here/"] = respond(302, Location="/there/")
    site.special["/there/"] = respond(302, Location="/here/")
    with pytest.raises(SiteError, match="/here/ redirects"):
        body(site, "/here/")
    assert len(pages_asked(site)) < 10


@pytest.mark.parametrize("location", ["../kelly-bets/", "/posts/kelly-bets/", "{url}/posts/kelly-bets/"])
def test_a_redirect_within_the_site_is_followed(site: Served, location: str) -> None:
    site.special["/posts/old-name/"] = respond(301, Location=location.format(url=site.url))
    assert b"Kelly Bets" in body(site, "/posts/old-name/")


# robots.txt


@pytest.mark.parametrize("path", ["/private/page/", "/priv%61te/page/", "private/page/"])
def test_robots_txt_is_obeyed(site: Served, path: str) -> None:
    with pytest.raises(RefusedUrl, match="robots.txt does not allow"):
        body(site, path)
    assert pages_asked(site) == []


@pytest.mark.parametrize("path", ["/posts/../private/page/", "/./private/page/", "//private/page/"])
def test_no_spelling_of_a_path_gets_around_robots_txt(site: Served, path: str) -> None:
    site.pages["/private/page/"] = ("text/html", "secret")
    with pytest.raises(SiteError):
        body(site, path)
    assert "/private/page/" not in site.asked


def test_no_redirect_gets_around_robots_txt(site: Served) -> None:
    site.pages["/private/page/"] = ("text/html", "secret")
    site.special["/posts/kelly-bets/"] = respond(302, Location="/private/page/")
    with pytest.raises(RefusedUrl):
        body(site, "/posts/kelly-bets/")
    assert "/private/page/" not in site.asked


def test_rules_for_this_program_by_name_come_before_those_for_all(site: Served) -> None:
    rules = "User-agent: *\nDisallow:\n\nUser-agent: bounded-rationality\nDisallow: /posts/kelly-bets/\n"
    site.pages["/robots.txt"] = ("text/plain", rules)
    with pytest.raises(RefusedUrl):
        body(site, "/posts/kelly-bets/")
    assert body(site, "/posts/coin-flips/")


def test_without_robots_txt_everything_may_be_read(site: Served) -> None:
    del site.pages["/robots.txt"]
    assert b"Kelly Bets" in body(site, "/posts/kelly-bets/")


def test_a_robots_txt_that_fails_forbids_everything(site: Served) -> None:
    site.special["/robots.txt"] = respond(500, b"oops", Content_Type="text/plain")
    with pytest.raises(SiteError, match="robots.txt answered 500"):
        body(site, "/posts/kelly-bets/")
    assert pages_asked(site) == []


def test_robots_txt_is_read_once(site: Served) -> None:
    blog = Site(site.url)
    for path in POSTS:
        blog.page(path, PUBLIC + path)
    assert site.asked.count("/robots.txt") == 1


# Answers that cannot be used


def _cut_short(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"<html>half")


def _hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (respond(404, Content_Type="text/html"), "404"),
        (respond(403, Content_Type="text/html"), "403"),
        (respond(500, b"oops", Content_Type="text/html"), "500"),
        (respond(200, b"%PDF", Content_Type="application/pdf"), "application/pdf"),
        (respond(200, b"<html>"), "no stated type"),
        (respond(200, b"x" * (LIMIT + 1), Content_Type="text/html"), "larger than 10 MB"),
        (
            respond(200, gzip.compress(b"x" * (LIMIT + 1)), Content_Type="text/html", Content_Encoding="gzip"),
            "larger than 10 MB",
        ),
        (respond(200, b"not gzip", Content_Type="text/html", Content_Encoding="gzip"), "decompressing"),
        (_cut_short, "990 more"),
        (_hangs_up, "without response"),
    ],
    ids=["404", "403", "500", "pdf", "untyped", "big", "bomb", "garbled", "cut short", "hangs up"],
)
def test_an_unusable_answer_is_an_error_with_the_address_and_the_reason(
    site: Served, answer: Callable[[BaseHTTPRequestHandler], None], reason: str
) -> None:
    site.special["/posts/kelly-bets/"] = answer
    with pytest.raises(SiteError) as caught:
        body(site, "/posts/kelly-bets/")
    assert f"{site.url}/posts/kelly-bets/" in str(caught.value) and reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_page_of_exactly_the_limit_is_read(site: Served) -> None:
    site.special["/whole/"] = respond(200, b"x" * LIMIT, Content_Type="text/html")
    assert len(body(site, "/whole/")) == LIMIT


def test_a_compressed_page_is_read(site: Served) -> None:
    packed = gzip.compress(b"<html>unpacked</html>")
    site.special["/packed/"] = respond(200, packed, Content_Type="text/html; charset=utf-8", Content_Encoding="gzip")
    assert body(site, "/packed/") == b"<html>unpacked</html>"


def test_a_passing_failure_is_tried_again(site: Served) -> None:
    def busy_once(handler: BaseHTTPRequestHandler) -> None:
        site.special.clear()
        respond(503, Content_Type="text/html")(handler)

    site.special["/posts/kelly-bets/"] = busy_once
    assert b"Kelly Bets" in body(site, "/posts/kelly-bets/")


def test_a_site_that_is_down_is_explained() -> None:
    with serving({}) as gone:
        pass
    with pytest.raises(SiteError, match="check the address and the network") as caught:
        Site(gone.url).listing()
    assert gone.url in str(caught.value)


def test_the_site_is_told_who_reads_it(site: Served) -> None:
    named: list[str] = []

    def remember(handler: BaseHTTPRequestHandler) -> None:
        named.append(handler.headers["User-Agent"])
        respond(200, b"<html>", Content_Type="text/html")(handler)

    site.special["/posts/kelly-bets/"] = remember
    body(site, "/posts/kelly-bets/")
    assert len(named) == 1 and named[0].startswith("bounded-rationality/")


# What a site lists


def test_only_the_posts_are_listed(site: Served) -> None:
    listing = Site(site.url).listing()
    assert listing.paths == POSTS
    assert listing.public_site == PUBLIC
    assert listing.hosts == {"127.0.0.1", "tiny.example"}


def test_a_site_whose_pages_name_no_address_is_called_by_the_one_fetched(site: Served) -> None:
    site.pages["/"] = ("text/html", "<html></html>")
    assert Site(site.url).listing().public_site == site.url


def test_without_a_sitemap_the_feed_serves(site: Served, tiny: TinyBlog) -> None:
    del site.pages["/sitemap.xml"]
    assert Site(site.url).listing().paths == [f"/posts/{post.slug}/" for post in tiny.posts[-2:]]


def test_with_neither_sitemap_nor_feed_the_remedy_is_named(site: Served) -> None:
    del site.pages["/sitemap.xml"], site.pages["/rss.xml"]
    with pytest.raises(SiteError, match="no sitemap and no feed.*root address"):
        Site(site.url).listing()


def test_a_blog_below_a_path_is_listed_there() -> None:
    url = f"{PUBLIC}/blog/posts/kelly-bets/"
    pages = {
        "/blog/": ("text/html", f'<link rel="canonical" href="{PUBLIC}/blog/">'),
        "/blog/sitemap.xml": ("application/xml", f"<urlset><url><loc>{url}</loc></url></urlset>"),
        "/blog/rss.xml": ("application/xml", f"<rss><channel><item><link>{url}</link></item></channel></rss>"),
    }
    with serving(pages) as served:
        assert Site(served.url + "/blog").listing().paths == ["/blog/posts/kelly-bets/"]


def test_a_sitemap_index_is_followed_on_this_site_only_and_ends(site: Served, other: Served) -> None:
    named = [f"{PUBLIC}/sitemap.xml", f"{PUBLIC}/sitemap-posts.xml", f"{other.url}/sitemap-more.xml"]
    index = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in named)
    site.pages["/sitemap-posts.xml"] = site.pages["/sitemap.xml"]
    site.pages["/sitemap.xml"] = ("application/xml", f"<sitemapindex>{index}</sitemapindex>")
    assert Site(site.url).listing().paths == POSTS
    assert other.asked == [] and site.asked.count("/sitemap.xml") == 1


def test_a_listing_that_redirects_elsewhere_is_passed_over(site: Served, other: Served, tiny: TinyBlog) -> None:
    site.special["/sitemap.xml"] = respond(302, Location=other.url + "/sitemap.xml")
    assert Site(site.url).listing().paths == [f"/posts/{post.slug}/" for post in tiny.posts[-2:]]
    assert other.asked == []


def test_pages_of_other_hosts_in_a_sitemap_are_left_out(site: Served) -> None:
    kind, text = site.pages["/sitemap.xml"]
    foreign = "<url><loc>https://evil.example/posts/spam/</loc></url>"
    site.pages["/sitemap.xml"] = (kind, text.replace("</urlset>", foreign + "</urlset>"))
    assert Site(site.url).listing().paths == POSTS


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("/sitemap.xml", "</urlset>", "<url><loc>http://[bad/posts/x/</loc></url></urlset>"),
        ("/rss.xml", "</channel>", "<item><link>http://[bad/posts/x/</link></item></channel>"),
        ("/", f'"{PUBLIC}/"', '"http://[bad/"'),
        ("/", '"rss.xml"', '"http://[bad/rss.xml"'),
    ],
    ids=["sitemap", "feed", "canonical", "feed address"],
)
def test_an_address_that_cannot_be_read_spoils_nothing_else(site: Served, path: str, old: str, new: str) -> None:
    kind, text = site.pages[path]
    assert old in text
    site.pages[path] = (kind, text.replace(old, new))
    assert Site(site.url).listing().paths == POSTS


def test_a_sitemap_cannot_read_files_of_this_machine(site: Served, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("stolen", encoding="utf-8")
    kind, text = site.pages["/sitemap.xml"]
    entity = f'<!DOCTYPE urlset [<!ENTITY file SYSTEM "{secret.as_uri()}">]>'
    leak = f"<url><loc>{PUBLIC}/posts/&file;/</loc></url></urlset>"
    site.pages["/sitemap.xml"] = (kind, entity + text.replace("</urlset>", leak))
    listed = Site(site.url).listing().paths
    assert set(POSTS) <= set(listed) and not any("stolen" in path for path in listed)
