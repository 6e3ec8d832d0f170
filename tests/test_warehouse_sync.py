"""From a site to a published snapshot: what is stored, what survives failures, and what readers notice."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Barrier

import pytest
from conftest import Served, respond, serving
from tiny_blog import NEW, NOTEBOOK, OLD, PUBLIC, TinyBlog

from warehouse import connection, reading
from warehouse.build import sync
from warehouse.errors import SettingsError, SiteError, SnapshotError
from warehouse.parse import parse_post
from warehouse.records import Page, Post
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots
from warehouse.sql.limits import Limits
from warehouse.store import Warehouse

SLUGS = ["coin-flips", "kelly-bets", "hamiltonian-walks"]
"""Of the tiny blog, oldest first."""
TABLES_BY_POST = (
    "posts tags sections section_markdown links equations code_blocks figures footnotes topics post_links".split()
)
KELLY = "/posts/kelly-bets/"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshots]:
    """A synced tiny blog whose files are only copied; its site stays up."""
    with serving(TinyBlog().pages()) as served:
        snapshots = Snapshots(Settings(home=tmp_path_factory.mktemp("template"), site=served.url))
        sync(snapshots)
        yield snapshots


@pytest.fixture
def stored(template: Snapshots, tmp_path: Path) -> Snapshots:
    """A synced tiny blog of the test's own, nothing opened yet."""
    shutil.copytree(template.home, tmp_path / "stored")
    return Snapshots(Settings(home=tmp_path / "stored", site=template.site))


def again(snapshots: Snapshots) -> Snapshots:
    """The same home and site, opened anew."""
    return Snapshots(Settings(home=snapshots.home, site=snapshots.site))


def slugs(snapshots: Snapshots) -> list[str]:
    return list(snapshots.current().warehouse.slugs())


def published(snapshots: Snapshots) -> Path:
    """The folder readers are sent to, without opening anything."""
    (pointer,) = (snapshots.home / "sites").glob("*/current")
    return pointer.parent / "snapshots" / pointer.read_text(encoding="utf-8").strip()


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


# What readers notice


def test_a_reader_sees_the_new_snapshot_and_what_it_held_still_answers(
    tiny: TinyBlog, site: Served, snapshots: Snapshots
) -> None:
    sync(snapshots)
    reader = again(snapshots)
    held = reader.current()
    assert held.warehouse.slugs()["hamiltonian-walks"] == "Hamiltonian Walks"
    assert held.index.search("leapfrog", limit=1).total == 1
    assert reader.current() is held
    for title in ("Hamiltonian Strolls", "Hamiltonian Marches"):
        tiny.posts[2] = replace(NEW, title=title)
        site.pages = tiny.pages()
        report = sync(snapshots)
        assert reader.current().manifest.id == report.snapshot
        assert reader.current().warehouse.slugs()["hamiltonian-walks"] == title
        assert reader.current().index.search("leapfrog", limit=1).hits[0].title == title
    assert held.warehouse.slugs()["hamiltonian-walks"] == "Hamiltonian Walks"
    assert held.index.search("leapfrog", limit=1).hits[0].title == "Hamiltonian Walks"


def test_two_readers_in_one_process_read_the_same_snapshot(stored: Snapshots) -> None:
    assert slugs(stored) == SLUGS
    assert slugs(again(stored)) == SLUGS


def test_threads_that_open_a_database_at_once_all_read_it(stored: Snapshots) -> None:
    # Not through Snapshot: cached_property opens one at a time, but only up to Python 3.11.
    path, start = published(stored) / "warehouse.duckdb", Barrier(8)

    def run(_: int) -> list[str]:
        start.wait()
        return list(Warehouse(path).slugs())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(run, range(8))) == [SLUGS] * 8


def test_a_reader_in_the_same_process_does_not_hide_the_stored_posts_from_a_sync(
    tiny: TinyBlog, site: Served, snapshots: Snapshots
) -> None:
    sync(snapshots)
    assert slugs(snapshots) == SLUGS
    tiny.posts = [NOTEBOOK]
    site.pages = tiny.pages()
    with pytest.raises(SiteError, match="would lose"):
        sync(again(snapshots))


def test_what_a_killed_sync_left_is_removed(stored: Snapshots) -> None:
    dead = published(stored).with_name(".building-1-dead00") / "index"
    dead.mkdir(parents=True)
    sync(stored, full=True)
    assert published(stored).is_dir()
    for unfinished in (".building*", ".current*", ".site*", ".writer*"):
        assert not list(stored.home.rglob(unfinished))


def test_a_snapshot_goes_only_when_no_reader_can_be_about_to_open_it(stored: Snapshots) -> None:
    first = published(stored)
    long_ago, just_now = first.with_name("20200101T000000-aaaaaa"), first.with_name("20200101T000000-bbbbbb")
    shutil.copytree(first, long_ago)
    shutil.copytree(first, just_now)
    for folder in (first, long_ago):
        os.utime(folder, (0, 0))
    os.utime(just_now)
    sync(stored, full=True)
    assert {path.name for path in first.parent.iterdir()} == {published(stored).name, first.name, just_now.name}


def test_syncs_at_the_same_time_all_succeed(stored: Snapshots) -> None:
    start = Barrier(4)

    def run(snapshots: Snapshots) -> int:
        start.wait()
        return sync(snapshots).posts

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, [again(stored) for _ in range(4)])) == [3] * 4
    assert (published(stored) / "manifest.json").is_file()
    assert not list(stored.home.rglob(".building*"))


# Which site


def test_the_site_synced_last_is_remembered(stored: Snapshots) -> None:
    first = stored.site
    with serving(TinyBlog(posts=[OLD, NEW]).pages()) as served:
        sync(Snapshots(Settings(home=stored.home, site=served.url)))
        assert Snapshots(Settings(home=stored.home)).site == served.url
    assert slugs(Snapshots(Settings(home=stored.home))) == ["kelly-bets", "hamiltonian-walks"]
    assert slugs(Snapshots(Settings(home=stored.home, site=first))) == SLUGS


@pytest.mark.parametrize("text", ["", "ftp://tiny.example", "http://[bad"])
def test_a_damaged_memory_of_the_site_means_the_default_blog(tmp_path: Path, text: str) -> None:
    (tmp_path / "site").write_text(text, encoding="utf-8")
    assert Snapshots(Settings(home=tmp_path)).site == "https://bjlkeng.io"


def test_a_site_never_synced_names_the_command(snapshots: Snapshots) -> None:
    with pytest.raises(SnapshotError, match=f"`bounded sync --site {snapshots.site}`"):
        snapshots.current()
    assert snapshots.published() is None


# Damage


def _cut_database(folder: Path, share: float) -> None:
    path = folder / "warehouse.duckdb"
    os.truncate(path, int(path.stat().st_size * share))


def _remove(pattern: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        for path in folder.glob(pattern):
            path.unlink()

    return remove


def _point(text: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder.parents[1] / "current").write_bytes(text)


def _point_outside(folder: Path) -> None:
    """A pointer that leads out of the snapshots to what would otherwise be a good one."""
    shutil.copytree(folder, folder.parents[2] / "x")
    _point(b"../../x\n")(folder)


def _of_another_format(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": manifest["format"] + 1}), encoding="utf-8")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "folder gone": shutil.rmtree,
    "manifest gone": _remove("manifest.json"),
    "manifest cut": lambda folder: os.truncate(folder / "manifest.json", 20),
    "manifest of another format": _of_another_format,
    "database gone": _remove("warehouse.duckdb"),
    "database empty": lambda folder: _cut_database(folder, 0),
    "database cut early": lambda folder: _cut_database(folder, 0.01),
    "database cut in the middle": lambda folder: _cut_database(folder, 0.5),
    "index gone": lambda folder: shutil.rmtree(folder / "index"),
    "index without its texts": _remove("index/sections.texts"),
    "index without its vectors": _remove("index/sections.vectors"),
    "texts empty": lambda folder: os.truncate(folder / "index" / "sections.texts", 0),
    "texts cut": lambda folder: os.truncate(folder / "index" / "sections.texts", 1_000),
    "index without its positions": _remove("index/sections/*.pos"),
    "pointer empty": _point(b""),
    "pointer leading out": _point_outside,
    "pointer to nothing": _point(b"20200101T000000-000000"),
    "pointer not text": _point(b"\xff\xfe\0"),
}


def read_all(snapshots: Snapshots) -> list[str]:
    snapshot = snapshots.current()
    found = list(snapshot.warehouse.slugs())
    for slug in found:
        snapshot.warehouse.post(slug)
    assert snapshot.index.search("kelly", limit=1).hits
    return found


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_explained_and_repaired_by_a_sync(stored: Snapshots, damage: str) -> None:
    DAMAGES[damage](published(stored))
    with pytest.raises(SnapshotError, match="run `bounded sync`") as caught:
        read_all(stored)
    assert "\n" not in str(caught.value)
    sync(stored)
    assert read_all(stored) == SLUGS


def test_damage_that_only_a_search_can_see_is_explained_and_repaired_by_a_whole_sync(stored: Snapshots) -> None:
    texts = published(stored) / "index" / "sections.texts"
    whole = texts.read_bytes()
    lost = len(whole) * 9 // 10
    texts.write_bytes(bytes(lost) + whole[lost:])  # its end says that it is whole
    with pytest.raises(SnapshotError, match="run `bounded sync --full`"):
        read_all(stored)
    sync(stored, full=True)
    assert read_all(stored) == SLUGS


@pytest.mark.parametrize("use", [sync, Snapshots.current], ids=["sync", "read"])
@pytest.mark.parametrize("below", ["file", "file/home"])
def test_a_home_that_cannot_be_used_names_the_variable(
    site: Served, tmp_path: Path, below: str, use: Callable[[Snapshots], object]
) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    wanted = site.url if use is sync else None
    with pytest.raises(SettingsError, match="BOUNDED_HOME"):
        use(Snapshots(Settings(home=tmp_path / below, site=wanted)))
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


# The built-in catalogue


def test_threads_that_need_the_catalogue_at_once_all_get_it(tmp_path: Path) -> None:
    start = Barrier(3)

    def run(snapshots: Snapshots) -> tuple[str, Path]:
        start.wait()
        snapshot = snapshots.current()
        assert snapshot.index.search("probability", limit=1).hits
        return snapshot.manifest.source, snapshot.folder

    with ThreadPoolExecutor(3) as pool:
        found = set(pool.map(run, [Snapshots(Settings(home=tmp_path)) for _ in range(3)]))
    ((source, folder),) = found
    assert source == "catalogue" and list(folder.parent.iterdir()) == [folder]


def test_processes_that_need_the_catalogue_at_once_all_get_it(tmp_path: Path) -> None:
    code = (
        "from warehouse.settings import load_settings; from warehouse.snapshot import Snapshots;"
        "now = Snapshots(load_settings()).current();"
        "print(now.manifest.posts, len(now.warehouse.slugs()), bool(now.index.search('probability', limit=1).hits))"
    )
    command = [sys.executable, "-c", code]
    environment = os.environ | {"BOUNDED_HOME": str(tmp_path)}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    posts, stored_posts, found = told[0].split()
    assert posts == stored_posts and found == "True" and told[0] == told[1]
    (folder,) = (tmp_path / "catalogue").iterdir()
    assert (folder / "manifest.json").is_file()


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
