"""Searching and reading the blog: every way to name a post, what is never fetched, and parts that join to the whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Served, respond, serving
from tiny_blog import NEW, NOTEBOOK, OLD, PUBLIC, SLUGS, TinyBlog, TinyPost

from tools.blog import BlogTools
from warehouse.build import sync
from warehouse.errors import BlogError, QueryError, RefusedUrl, SiteError, UnknownPost
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

WALKS = "/posts/hamiltonian-walks/"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Snapshots]]:
    with serving(TinyBlog().pages()) as served:
        snapshots = Snapshots(Settings(home=tmp_path_factory.mktemp("home"), site=served.url))
        sync(snapshots)
        yield served, snapshots


@pytest.fixture
def served(stored: tuple[Served, Snapshots]) -> Served:
    """The synced blog's server, its pages as they were and nothing asked of it yet."""
    server = stored[0]
    server.pages, server.special = TinyBlog().pages(), {}
    server.asked.clear()
    return server


@pytest.fixture
def blog(stored: tuple[Served, Snapshots], served: Served) -> BlogTools:
    """Tools with no memory of earlier tests, for those that change what the site says."""
    return BlogTools(stored[1])


# Searching


def test_more_matches_than_shown_are_announced(synced: BlogTools) -> None:
    every = synced.search_posts("probability", limit=25)
    first = synced.search_posts("probability", limit=1)
    assert every.total > 1 and every.total == len(every.hits)
    assert first.hits == every.hits[:1] and first.total == every.total
    assert f"1 of {every.total}" in first.note and "limit" in first.note
    assert every.note == ""


def test_nothing_found_names_the_closest_titles(synced: BlogTools) -> None:
    found = synced.search_posts("Hamiltonian Walks", until="2016-01-01")
    assert found.hits == [] and found.total == 0
    assert "hamiltonian-walks (Hamiltonian Walks)" in found.note


def test_an_unknown_tag_names_the_closest_tags(synced: BlogTools) -> None:
    found = synced.search_posts("walk", tag="bayesan")
    assert found.hits == []
    assert "'bayesan'" in found.note and "closest tags: bayesian" in found.note


def test_a_tag_is_matched_whatever_its_case(synced: BlogTools) -> None:
    assert {hit.slug for hit in synced.search_posts("law of large numbers", tag="BETTING").hits} == {OLD.slug}


def test_dates_bound_a_search_inclusively(synced: BlogTools) -> None:
    def found(since: str = "", until: str = "") -> set[str]:
        return {hit.slug for hit in synced.search_posts("probability", limit=25, since=since, until=until).hits}

    assert found() == set(SLUGS)
    assert found(since="2019-02-03") == {OLD.slug, NEW.slug}
    assert found(since="2019-02-04") == {NEW.slug}
    assert found(until="2019-02-03") == {NOTEBOOK.slug, OLD.slug}
    assert found(since="2019-02-03", until="2019-02-03") == {OLD.slug}


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("text", ["yesterday", "2019", "2019-02-30", "03/02/2019"])
def test_what_is_no_date_is_explained(synced: BlogTools, name: str, text: str) -> None:
    with pytest.raises(QueryError, match=f"{name}='{text}' is not an ISO date"):
        synced.search_posts("coins", **{name: text})  # type: ignore[arg-type]  # neither name is limit


def test_no_row_comes_with_a_way_to_find_some(synced: BlogTools) -> None:
    rows = synced.query_metadata("SELECT title FROM posts WHERE title = 'kelly'")
    assert rows.rows == [] and "ILIKE" in rows.note


def test_the_catalogue_says_what_it_is(catalogue: BlogTools) -> None:
    for note in (catalogue.search_posts("leapfrog").note, catalogue.query_metadata("SELECT 1").note):
        assert "built-in catalogue" in note and "bounded sync" in note


def test_two_readers_in_one_process_share_a_snapshot(snapshots: Snapshots) -> None:
    sync(snapshots)
    one, other = BlogTools(snapshots), BlogTools(Snapshots(Settings(home=snapshots.home, site=snapshots.site)))
    for reader in (one, other, one):
        assert reader.query_metadata("SELECT count(*) FROM posts").rows == [[3]]


# Naming a post


@pytest.mark.parametrize("post", [NOTEBOOK, OLD, NEW], ids=lambda post: post.slug)
def test_a_post_is_read_by_slug_and_by_title(synced: BlogTools, post: TinyPost) -> None:
    slug, title = post.slug, post.title
    for name in (slug, slug.upper(), title, title.lower(), f"  {title}  "):
        page = synced.fetch_post(name)
        assert (page.slug, page.title, page.source) == (slug, title, "live")
        assert page.url == f"{PUBLIC}/posts/{slug}/"


@pytest.mark.parametrize(
    ("part", "slug"), [("walks", NEW.slug), ("hamiltonian w", NEW.slug), ("KELLY", OLD.slug), ("flips", NOTEBOOK.slug)]
)
def test_a_part_of_one_title_is_enough(synced: BlogTools, part: str, slug: str) -> None:
    assert synced.fetch_post(part).slug == slug


@pytest.mark.parametrize(
    "spelling",
    [
        "http://{host}/posts/kelly-bets/",
        "https://{host}/posts/kelly-bets/",
        "HTTP://{HOST}/posts/kelly-bets/",
        "http://{host}/posts/kelly-bets",
        "http://{host}/posts/kelly-bets/index.html",
        "http://{host}/posts/kelly-bets/#why-logarithms",
        "http://{host}/posts/kelly-bets/?utm=1",
        "http://{host}/posts/kelly%2Dbets/?utm=1#id2",
        "//{host}/posts/kelly-bets/",
        "{host}/posts/kelly-bets/",
        "{host}/posts/kelly-bets",
        " {host}/posts/kelly-bets/ ",
    ],
)
@pytest.mark.parametrize("public", [True, False], ids=["public host", "fetched host"])
def test_a_post_is_read_by_its_address_in_every_spelling(
    blog: BlogTools, served: Served, spelling: str, public: bool
) -> None:
    host = "tiny.example" if public else served.url.removeprefix("http://")
    page = blog.fetch_post(spelling.format(host=host, HOST=host.upper()))
    assert (page.slug, page.source, page.note) == ("kelly-bets", "live", "")
    assert page.url == f"{PUBLIC}/posts/kelly-bets/"
    assert set(served.asked) == {"/robots.txt", "/posts/kelly-bets/"}


def test_a_port_may_follow_a_host_without_scheme(blog: BlogTools) -> None:
    assert blog.fetch_post("tiny.example:80/posts/kelly-bets/").slug == "kelly-bets"


def test_an_ambiguous_name_lists_the_candidates(blog: BlogTools, served: Served) -> None:
    with pytest.raises(UnknownPost) as error:
        blog.fetch_post("coin")
    assert "kelly-bets (Kelly Bets & Coins)" in str(error.value) and "coin-flips" in str(error.value)
    assert "hamiltonian" not in str(error.value)
    assert served.asked == []


def test_an_unknown_name_lists_the_closest(blog: BlogTools, served: Served) -> None:
    with pytest.raises(UnknownPost, match=r"'Hamilton and Jacobi'.*hamiltonian-walks \(Hamiltonian Walks\)"):
        blog.fetch_post("Hamilton and Jacobi")
    assert served.asked == []


@pytest.mark.parametrize(
    "name", ["Hamiltonain Wlaks", "hamiltonian_walks", "Walks, Hamiltonian", "Kelly bets and coin"]
)
def test_a_title_is_known_when_misspelt_or_turned_around(synced: BlogTools, name: str) -> None:
    assert synced.fetch_post(name).title in ("Hamiltonian Walks", "Kelly Bets & Coins")


@pytest.mark.parametrize("name", ["", "   ", "zzzzzzzz"])
def test_a_name_like_no_other_leads_to_search(synced: BlogTools, name: str) -> None:
    with pytest.raises(UnknownPost, match="search_posts"):
        synced.fetch_post(name)


def test_an_address_without_a_post_is_unknown(synced: BlogTools) -> None:
    with pytest.raises(UnknownPost, match="404"):
        synced.fetch_post(f"{PUBLIC}/posts/no-such-post/")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/posts/kelly-bets/",
        "evil.example/posts/kelly-bets/",
        "evil.example",
        "//evil.example/posts/kelly-bets/",
        "http://127.0.0.1:{other_port}/posts/kelly-bets/",
        "http://127.0.0.1/posts/kelly-bets/",
        "http://tiny.example:{port}/posts/kelly-bets/",
        "http://tiny.example:8080/posts/kelly-bets/",
        "http://tiny.example:99999/posts/kelly-bets/",
        "http://user@tiny.example/posts/kelly-bets/",
        "http://user:secret@127.0.0.1:{port}/posts/kelly-bets/",
        "http://@127.0.0.1:{port}/posts/kelly-bets/",
        "http://127.0.0.1:{port}@evil.example/posts/kelly-bets/",
        "http://127.0.0.1:{port}\\@evil.example/posts/kelly-bets/",
        "http://evil.example\\@127.0.0.1:{port}/posts/kelly-bets/",
        "http://evil.example#@tiny.example/posts/kelly-bets/",
        "javascript:fetch('//tiny.example/posts/kelly-bets/')",
        "file:///etc/passwd",
        "file://tiny.example/posts/kelly-bets/",
        "ftp://tiny.example/posts/kelly-bets/",
        "data:text/html,<h1>/</h1>",
        "/etc/passwd",
        "../../etc/passwd",
        "http://www.tiny.example/posts/kelly-bets/",
        "http://tiny.example.evil.example/posts/kelly-bets/",
        "http://eviltiny.example/posts/kelly-bets/",
        "http://tiny.example./posts/kelly-bets/",
        "http://127.0.0.1.:{port}/posts/kelly-bets/",
        "http://tiny。example/posts/kelly-bets/",
        "http://2130706433:{port}/posts/kelly-bets/",
        "http://0x7f.1:{port}/posts/kelly-bets/",
        "http://[::ffff:127.0.0.1]:{port}/posts/kelly-bets/",
        "http://[::1/posts/kelly-bets/",
        "http://localhost:{port}/posts/kelly-bets/",
        "http://169.254.169.254/latest/meta-data/",
        "http:///posts/kelly-bets/",
    ],
)
def test_no_other_address_is_ever_fetched(blog: BlogTools, served: Served, url: str) -> None:
    port = int(served.url.rpartition(":")[2])
    with pytest.raises(RefusedUrl, match="not an address"):
        blog.fetch_post(url.format(port=port, other_port=port + 1))
    assert served.asked == []


def test_a_script_address_is_no_post(blog: BlogTools, served: Served) -> None:
    with pytest.raises(BlogError):
        blog.fetch_post("javascript:alert(1)")
    assert served.asked == []


def test_a_refusal_names_the_hosts_that_can_be_read(blog: BlogTools, served: Served) -> None:
    with pytest.raises(RefusedUrl) as error:
        blog.fetch_post("https://evil.example/")
    assert "tiny.example" in str(error.value) and served.url.removeprefix("http://") in str(error.value)


def test_a_page_the_snapshot_leaves_out_is_read_by_its_address(synced: BlogTools) -> None:
    assert synced.query_metadata("SELECT slug FROM posts WHERE slug = 'unlisted'").rows == []
    page = synced.fetch_post(f"{PUBLIC}/posts/unlisted/")
    assert (page.title, page.published, page.source) == ("Unlisted Draft", "2031-01-01", "live")
    assert page.markdown.strip() == "No." and page.changed == []


def test_a_path_robots_forbid_is_not_read(blog: BlogTools, served: Served) -> None:
    with pytest.raises(RefusedUrl, match="robots.txt"):
        blog.fetch_post(f"{PUBLIC}/private/diary/")
    assert served.asked == ["/robots.txt"]


# The live site and the stored copy


def test_a_site_that_is_down_gives_the_stored_copy_and_says_why(tmp_path: Path) -> None:
    with serving(TinyBlog().pages()) as served:
        blog = BlogTools(Snapshots(Settings(home=tmp_path, site=served.url)))
        report = sync(blog.snapshots)
        live = blog.fetch_post(NEW.slug)
    page = blog.fetch_post(NEW.slug)
    assert (live.source, page.source) == ("live", "snapshot") and report.posts == 3
    assert page.markdown == live.markdown and page.changed == []
    assert "stored copy" in page.note and "Connection refused" in page.note
    assert page.as_of == blog.status()["as_of"]


def test_a_site_that_is_down_is_not_asked_again_at_once(blog: BlogTools, served: Served) -> None:
    for path in [*served.pages]:
        served.special[path] = respond(500)
    assert blog.fetch_post(NEW.slug).source == "snapshot"
    asked = len(served.asked)
    again = blog.fetch_post(OLD.slug)
    assert again.source == "snapshot" and "500" in again.note
    assert asked > 0 and len(served.asked) == asked


def test_a_failing_page_is_read_from_the_snapshot(blog: BlogTools, served: Served) -> None:
    served.special[WALKS] = respond(404)
    page = blog.fetch_post(f"{PUBLIC}{WALKS}")
    assert page.source == "snapshot" and "404" in page.note
    assert blog.fetch_post(OLD.slug).source == "live"


def test_a_page_that_is_no_post_any_more_is_read_from_the_snapshot(blog: BlogTools, served: Served) -> None:
    served.pages[WALKS] = ("text/html", "<p>We have moved.</p>")
    page = blog.fetch_post(NEW.slug)
    assert page.source == "snapshot" and "not a post" in page.note


@pytest.mark.parametrize(
    ("path", "trouble"),
    [
        ("/posts/gone/", respond(410)),
        ("/posts/slides/", respond(200, b"%PDF", Content_Type="application/pdf")),
        ("/posts/moved/", respond(302, Location="https://evil.example/")),
        ("/private/diary/", respond(200)),
    ],
    ids=["gone", "not HTML", "redirected away", "forbidden by robots.txt"],
)
def test_one_bad_page_does_not_take_the_others_offline(
    blog: BlogTools, served: Served, path: str, trouble: Any
) -> None:
    served.special[path] = trouble
    with pytest.raises((UnknownPost, SiteError)):
        blog.fetch_post(PUBLIC + path)
    page = blog.fetch_post(OLD.slug)
    assert (page.source, page.note) == ("live", "")


def test_a_section_changed_on_the_site_is_named(blog: BlogTools, served: Served) -> None:
    kind, text = served.pages[WALKS]
    served.pages[WALKS] = (kind, text.replace("accepts 97% of proposals", "accepts 98% of proposals"))
    page = blog.fetch_post(NEW.slug)
    assert page.source == "live" and page.changed == ["Results"]
    assert "98% of proposals" in page.markdown
    assert blog.fetch_post(OLD.slug).changed == []


def test_a_section_added_and_an_opening_changed_are_named(blog: BlogTools, served: Served) -> None:
    kind, text = served.pages[WALKS]
    text = text.replace("by simulated physics", "by simulated mechanics")
    served.pages[WALKS] = (kind, text.replace("<table>", "<h2>Errata</h2><p>None so far.</p><table>"))
    changed = blog.fetch_post(NEW.slug).changed
    assert "Errata" in changed and "(opening)" in changed and "Motivation" not in changed


def test_a_page_that_is_not_a_post_is_explained(blog: BlogTools, served: Served) -> None:
    served.pages["/about/"] = ("text/html", "<p>About me.</p>")
    with pytest.raises(UnknownPost, match="is not a post"):
        blog.fetch_post(f"{PUBLIC}/about/")
