"""From a site to a published snapshot: what is stored, what is read again, what survives failures."""

from __future__ import annotations

import gzip
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest
from conftest import Served, published, respond, slugs
from tiny_blog import NEW, NOTEBOOK, OLD, PUBLIC, SLUGS, TinyBlog

from warehouse import connection, reading
from warehouse.build import sync
from warehouse.errors import SiteError, SnapshotError
from warehouse.parse import parse_post
from warehouse.records import Page, Post
from warehouse.snapshot import Snapshots
from warehouse.sql.limits import Limits

TABLES_BY_POST = (
    "posts tags sections section_markdown links equations code_blocks figures footnotes topics post_links".split()
)
KELLY = "/posts/kelly-bets/"


def rows_of(snapshots: Snapshots, slug: str) -> dict[str, list[list[object]]]:
    """Everything the tables hold of a post."""
    query = snapshots.current().warehouse.query
    return {
        table: query(
            f"SELECT * FROM {table} WHERE slug = '{slug}' ORDER BY ALL", Limits(100, 100_000, 10_000, 5.0)
        ).rows
        for table in TABLES_BY_POST
    }


# What a sync does


def test_the_first_sync_stores_every_post_and_says_so(snapshots: Snapshots) -> None:
    report = sync(snapshots)
    assert (report.posts, report.site, report.kept, report.failed, report.skipped) == (3, snapshots.site, {}, {}, [])
    manifest = snapshots.current().manifest
    assert (manifest.id, manifest.posts, manifest.source) == (report.snapshot, 3, "site")
    assert manifest.public_site == PUBLIC and "tiny.example" in manifest.hosts
    assert slugs(snapshots) == SLUGS
    assert snapshots.current().index.search("leapfrog", limit=1).hits[0].slug == "hamiltonian-walks"


def test_progress_is_told_to_the_end(snapshots: Snapshots) -> None:
    told: list[tuple[int, int, str]] = []
    sync(snapshots, lambda done, of, path: told.append((done, of, path)))
    assert told == [(number, 3, f"/posts/{slug}/") for number, slug in enumerate(SLUGS, start=1)]


def test_neighbours_a_page_does_not_name_follow_from_the_dates(site: Served, snapshots: Snapshots) -> None:
    for post in (NOTEBOOK, OLD, NEW):
        kind, text = site.pages[f"/posts/{post.slug}/"]
        site.pages[f"/posts/{post.slug}/"] = (kind, text.replace('rel="prev"', "").replace('rel="next"', ""))
    sync(snapshots)
    middle = snapshots.current().warehouse.post("kelly-bets")
    assert (middle.prev_slug, middle.next_slug) == ("coin-flips", "hamiltonian-walks")


def test_pages_that_fail_keep_their_stored_version_whole(tiny: TinyBlog, site: Served, snapshots: Snapshots) -> None:
    sync(snapshots)
    failing = ["kelly-bets", "hamiltonian-walks"]
    before = [rows_of(snapshots, slug) for slug in failing]
    tiny.posts[0] = replace(NOTEBOOK, title="Coin Tosses")
    site.pages = tiny.pages()
    for slug in failing:
        site.special[f"/posts/{slug}/"] = respond(500, b"oops", Content_Type="text/html")
    report = sync(snapshots)
    assert list(report.kept) == failing and all("500" in why for why in report.kept.values())
    assert (report.posts, report.failed, report.skipped) == (3, {}, [])
    assert [rows_of(snapshots, slug) for slug in failing] == before
    assert snapshots.current().warehouse.slugs()["coin-flips"] == "Coin Tosses"


def test_a_kept_post_can_still_be_found_by_its_words(site: Served, snapshots: Snapshots) -> None:
    sync(snapshots)
    site.special[KELLY] = respond(500, b"oops", Content_Type="text/html")
    sync(snapshots)
    (hit,) = snapshots.current().index.search("gambler", limit=5).hits
    assert hit.slug == "kelly-bets"


def test_a_page_that_failed_and_was_never_stored_is_reported(site: Served, snapshots: Snapshots) -> None:
    site.special[KELLY] = respond(500, b"oops", Content_Type="text/html")
    report = sync(snapshots)
    assert list(report.failed) == [KELLY] and "500" in report.failed[KELLY]
    assert (report.posts, report.kept) == (2, {})
    assert "kelly-bets" not in slugs(snapshots)
    assert snapshots.current().manifest.notes == [report.failed[KELLY]]


def test_a_listed_page_that_is_no_post_is_skipped(site: Served, snapshots: Snapshots) -> None:
    kind, text = site.pages["/sitemap.xml"]
    about = f"<url><loc>{PUBLIC}/posts/about/</loc></url></urlset>"
    site.pages["/sitemap.xml"] = (kind, text.replace("</urlset>", about))
    site.pages["/posts/about/"] = ("text/html", "<html><title>About</title><body>Me.</body></html>")
    report = sync(snapshots)
    assert (report.posts, report.skipped, report.failed) == (3, ["/posts/about/"], {})


def test_a_draft_that_nothing_lists_is_not_stored(tiny: TinyBlog, site: Served, snapshots: Snapshots) -> None:
    sync(snapshots)
    assert f"/posts/{tiny.draft.slug}/" in site.pages
    assert tiny.draft.slug not in slugs(snapshots)


def test_a_site_of_which_nothing_can_be_read_publishes_nothing(site: Served, snapshots: Snapshots) -> None:
    for slug in SLUGS:
        site.special[f"/posts/{slug}/"] = respond(500, b"oops", Content_Type="text/html")
    with pytest.raises(SiteError, match="lists 3 pages but none could be stored"):
        sync(snapshots)
    with pytest.raises(SnapshotError, match="never synced"):
        snapshots.current()


def test_losing_more_than_a_third_publishes_nothing(tiny: TinyBlog, site: Served, snapshots: Snapshots) -> None:
    first = sync(snapshots)
    tiny.posts = [NOTEBOOK]
    site.pages = tiny.pages()
    with pytest.raises(SiteError, match="would lose 2 of 3 posts"):
        sync(snapshots)
    assert snapshots.current().manifest.id == published(snapshots).name == first.snapshot
    assert slugs(snapshots) == SLUGS


def test_losing_a_third_is_believed(tiny: TinyBlog, site: Served, snapshots: Snapshots) -> None:
    sync(snapshots)
    tiny.posts = [NOTEBOOK, NEW]
    site.pages = tiny.pages()
    assert sync(snapshots).posts == 2
    assert slugs(snapshots) == ["coin-flips", "hamiltonian-walks"]


def test_a_site_that_is_down_leaves_what_is_stored(site: Served, snapshots: Snapshots) -> None:
    first = sync(snapshots)
    site.special["/"] = respond(500, b"oops", Content_Type="text/html")
    with pytest.raises(SiteError, match="500"):
        sync(snapshots)
    assert snapshots.current().manifest.id == first.snapshot


# What a later sync reads again


def files_of(snapshots: Snapshots) -> dict[str, tuple[int, int]]:
    """Every file of the site's folder, and by what it would show that it was written again."""
    found = {path: path.stat() for path in (snapshots.home / "sites").rglob("*") if path.is_file()}
    return {str(path): (stat.st_ino, stat.st_mtime_ns) for path, stat in found.items()}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of pages that are parsed from now on."""
    addresses: list[str] = []

    def noted(page: Page, hosts: frozenset[str]) -> Post:
        addresses.append(page.url)
        return parse_post(page, hosts)

    monkeypatch.setattr(reading, "parse_post", noted)
    return addresses


@pytest.mark.parametrize("validates", [True, False], ids=["with validators", "without"])
def test_an_unchanged_blog_costs_one_request_a_page_and_writes_nothing(
    site: Served, snapshots: Snapshots, parsed: list[str], validates: bool
) -> None:
    site.validates = validates
    first = sync(snapshots)
    before = files_of(snapshots)
    for log in (site.asked, site.confirmed, parsed):
        log.clear()
    again_ = sync(snapshots)
    assert (again_.snapshot, again_.posts, again_.added, again_.changed) == (first.snapshot, 3, [], [])
    paths = [f"/posts/{slug}/" for slug in SLUGS]
    assert sorted(path for path in site.asked if path in paths) == sorted(paths)
    assert [path for path in paths if path in site.confirmed] == (paths if validates else [])
    assert parsed == [] and files_of(snapshots) == before


def test_one_changed_post_is_parsed_and_the_others_stay_as_they_were(
    tiny: TinyBlog, site: Served, snapshots: Snapshots, parsed: list[str]
) -> None:
    sync(snapshots)
    unchanged = ["coin-flips", "hamiltonian-walks"]
    before = [rows_of(snapshots, slug) for slug in unchanged]
    parsed.clear()
    kind, text = site.pages[KELLY]
    site.pages[KELLY] = (kind, text.replace("A gambler who", "Whoever"))
    report = sync(snapshots)
    assert (report.changed, report.added, report.gone, report.posts) == (["kelly-bets"], [], [], 3)
    assert parsed == [f"{PUBLIC}{KELLY}"]
    assert [rows_of(snapshots, slug) for slug in unchanged] == before
    (hit,) = snapshots.current().index.search("whoever", limit=5).hits
    assert hit.slug == "kelly-bets"


def test_a_link_of_an_unchanged_post_leads_to_a_post_as_long_as_that_is_stored(
    tiny: TinyBlog, site: Served, snapshots: Snapshots, parsed: list[str]
) -> None:
    leading = "SELECT slug FROM links WHERE target_slug = 'hamiltonian-walks'"
    everyone = tiny.posts
    for posts, found in (([OLD, NOTEBOOK], []), (everyone, [("kelly-bets",)]), ([OLD, NOTEBOOK], [])):
        tiny.posts = posts
        site.pages = {**tiny.pages(), KELLY: site.pages[KELLY]}  # a page that names the same neighbours as ever
        parsed.clear()
        sync(snapshots)
        assert snapshots.current().warehouse.facts(leading) == found
    assert parsed == []


def test_what_the_sitemap_says_of_changes_is_not_believed(site: Served, snapshots: Snapshots) -> None:
    kind, xml = site.pages["/sitemap.xml"]
    site.pages["/sitemap.xml"] = (kind, xml.replace("</loc>", "</loc><lastmod>2001-01-01</lastmod>"))
    sync(snapshots)
    kind, text = site.pages[KELLY]
    site.pages[KELLY] = (kind, text.replace("A gambler who", "Whoever"))
    assert sync(snapshots).changed == ["kelly-bets"]


def test_a_full_sync_parses_every_page_again(snapshots: Snapshots, parsed: list[str]) -> None:
    first = sync(snapshots)
    parsed.clear()
    report = sync(snapshots, full=True)
    assert sorted(parsed) == sorted(f"{PUBLIC}/posts/{slug}/" for slug in SLUGS)
    assert (report.added, report.changed, report.posts) == ([], [], 3) and report.snapshot != first.snapshot


def test_a_new_post_and_one_that_is_gone_are_told(tiny: TinyBlog, site: Served, snapshots: Snapshots) -> None:
    sync(snapshots)
    tiny.posts = [NOTEBOOK, NEW, replace(OLD, slug="kelly-again")]
    site.pages = tiny.pages()
    report = sync(snapshots)
    assert (report.added, report.gone) == (["kelly-again"], ["kelly-bets"])
    assert set(slugs(snapshots)) == {"coin-flips", "hamiltonian-walks", "kelly-again"}


def test_a_great_loss_is_published_when_forced(tiny: TinyBlog, site: Served, snapshots: Snapshots) -> None:
    sync(snapshots)
    tiny.posts = [NOTEBOOK]
    site.pages = tiny.pages()
    with pytest.raises(SiteError, match="run `bounded sync --force`"):
        sync(snapshots)
    report = sync(snapshots, force=True)
    assert report.gone == ["hamiltonian-walks", "kelly-bets"] and slugs(snapshots) == ["coin-flips"]


def test_a_linked_draft_is_told_and_not_stored(tiny: TinyBlog, site: Served, snapshots: Snapshots) -> None:
    kind, text = site.pages[KELLY]
    site.pages[KELLY] = (kind, text.replace("A gambler who", '<a href="../unlisted/">See</a>'))
    report = sync(snapshots)
    assert report.unlisted == {"/posts/unlisted/": "2031-01-01 Unlisted Draft"}
    assert slugs(snapshots) == SLUGS


# A site that misbehaves


def _cut(length: int | None) -> Callable[[BaseHTTPRequestHandler], None]:
    """Half a page, with the length it was to have or none."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        if length:
            handler.send_header("Content-Length", str(length))
        handler.end_headers()
        handler.wfile.write(b"<!DOCTYPE html><html><head><title>Kelly")

    return answer


def _resets(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def _drips(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, so that no single wait is long, until the reader hangs up."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.02)


BOMB = gzip.compress(b" " * 50_000_000)
FAULTS: dict[str, tuple[Callable[[BaseHTTPRequestHandler], None], str]] = {
    "slow": (_drips, "took longer than"),
    "reset": (_resets, "cannot be read"),
    "404": (respond(404, Content_Type="text/html"), "answered 404"),
    "500": (respond(500, Content_Type="text/html"), "answered 500"),
    "busy": (respond(429, Content_Type="text/html", Retry_After="0"), "answered 429"),
    "cut, its length known": (_cut(9_000), "more"),
    "cut, its length unknown": (_cut(None), "is not a post"),
    "length too short": (_cut(20), "is not a post"),
    "redirect loop": (respond(302, Location="/posts/redirect-loop/", Content_Type="text/html"), "redirects more than"),
    "redirect elsewhere": (respond(302, Location="http://127.0.0.2:9/", Content_Type="text/html"), "another host"),
    "bomb": (respond(200, BOMB, Content_Type="text/html", Content_Encoding="gzip"), "larger than"),
    "not a page": (respond(200, b"%PDF-1.4", Content_Type="application/pdf"), "application/pdf"),
    "nothing": (respond(200, b"", Content_Type="text/html"), "is not a post"),
    "not text": (respond(200, bytes(range(256)) * 40, Content_Type="text/html"), "is not a post"),
    "another page": (respond(200, b"<title>Moved</title><p>Gone.", Content_Type="text/html"), "is not a post"),
}


def test_pages_that_fail_in_every_way_keep_their_posts_and_are_reported(
    tiny: TinyBlog, site: Served, snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "DEADLINE", 2.0)
    failing = {name.replace(" ", "-").replace(",", ""): fault for name, fault in FAULTS.items()}
    tiny.posts = [NOTEBOOK, *(replace(OLD, slug=slug) for slug in failing)]
    site.pages = tiny.pages()
    sync(snapshots)
    before = {slug: snapshots.current().warehouse.post(slug) for slug in failing}
    for slug, (answer, _) in failing.items():
        site.special[f"/posts/{slug}/"] = answer
    kind, text = site.pages["/posts/coin-flips/"]
    site.pages["/posts/coin-flips/"] = (kind, text.replace("So no streak", "Hence no streak"))
    report = sync(snapshots)
    assert (report.posts, report.changed, report.failed, report.skipped) == (len(tiny.posts), ["coin-flips"], {}, [])
    assert report.kept.keys() == failing.keys()
    for slug, (_, reason) in failing.items():
        assert reason in report.kept[slug] and "\n" not in report.kept[slug], (slug, report.kept[slug])
        assert snapshots.current().warehouse.post(slug) == before[slug]


def test_two_posts_of_one_slug_are_not_taken_for_one(snapshots: Snapshots, site: Served) -> None:
    kind, text = site.pages["/posts/kelly-bets/"]
    site.pages["/2020/kelly-bets/"] = (kind, text)
    for listing in ("/sitemap.xml", "/rss.xml"):
        listed_as, xml = site.pages[listing]
        extra = "<url><loc>http://tiny.example/2020/kelly-bets/</loc></url></urlset>"
        item = "<item><link>http://tiny.example/2020/kelly-bets/</link></item></channel>"
        site.pages[listing] = (listed_as, xml.replace("</urlset>", extra).replace("</channel>", item))
    report = sync(snapshots)
    assert report.posts == 3 and "kelly-bets" in report.failed["/2020/kelly-bets/"]
