"""What is stored of a post is the post: rows and back, nothing lost."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import serving
from tiny_blog import PUBLIC, TinyBlog

from warehouse import store
from warehouse.build import sync
from warehouse.parse import parse_post
from warehouse.reading import page_hash
from warehouse.records import Page, Post
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

HOSTS = frozenset({"tiny.example", "127.0.0.1"})


def stored_again(snapshots: Snapshots, post: Post) -> Post:
    """A post as a snapshot of it alone gives it back."""
    with snapshots.writer() as writer:
        writer.add(post)
        writer.publish(public_site=PUBLIC, hosts=HOSTS, notes=[])
    return snapshots.current().warehouse.post(post.slug)


def alone(post: Post) -> Post:
    """What a snapshot without other posts keeps of a post: no neighbours, no links to posts, nothing of the parsing."""
    links = tuple(replace(link, target_slug="") for link in post.links)
    return replace(post, prev_slug="", next_slug="", links=links, source_url="", unclear=())


@pytest.mark.parametrize("number", range(3))
def test_a_post_comes_back_as_it_was_stored(tmp_path: Path, number: int) -> None:
    tiny = TinyBlog()
    path = f"/posts/{tiny.posts[number].slug}/"
    page = Page(PUBLIC + path, tiny.pages()[path][1].encode(), datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC))
    post = replace(parse_post(page, HOSTS), page_hash=page_hash(page))
    snapshots = Snapshots(Settings(home=tmp_path, site="http://127.0.0.1:1"))
    assert stored_again(snapshots, post) == alone(post)


@pytest.mark.blog
def test_every_real_post_comes_back_as_it_was_stored(real_blog: Path, tmp_path: Path) -> None:
    snapshots = Snapshots(Settings(home=tmp_path, site="http://127.0.0.1:1"))
    read = datetime(2026, 5, 4, tzinfo=UTC)
    posts = []
    for file in sorted(real_blog.glob("posts/*/index.html")):
        page = Page(f"https://bjlkeng.io/posts/{file.parent.name}/", file.read_bytes(), read)
        posts.append(parse_post(page, frozenset({"bjlkeng.io", "bjlkeng.github.io"})))
    with snapshots.writer() as writer:
        for post in posts:
            writer.add(post)
        writer.publish(public_site="https://bjlkeng.io", hosts=["bjlkeng.io"], notes=[])
    back = list(snapshots.current().warehouse.posts([post.slug for post in posts]))
    assert len(back) == 50
    for before, after in zip(posts, back, strict=True):
        assert after.sections == before.sections and [after.url_of(s) for s in after.sections] == [
            before.url_of(s) for s in before.sections
        ]
        assert alone(after) == alone(before)


def test_neighbours_and_links_follow_from_all_posts(tmp_path: Path) -> None:
    with serving(TinyBlog().pages()) as served:
        snapshots = Snapshots(Settings(home=tmp_path, site=served.url))
        sync(snapshots)
    posts = list(snapshots.current().warehouse.posts(snapshots.current().warehouse.slugs()))
    assert [(post.prev_slug, post.slug, post.next_slug) for post in posts] == [
        ("", "coin-flips", "kelly-bets"),
        ("coin-flips", "kelly-bets", "hamiltonian-walks"),
        ("kelly-bets", "hamiltonian-walks", ""),
    ]


@pytest.mark.slow
def test_a_blog_larger_than_the_memory_allowed_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_WRITING", ("memory_limit='32MB'", "threads=2"))
    tiny = TinyBlog()
    path = f"/posts/{tiny.posts[0].slug}/"
    page = Page(PUBLIC + path, tiny.pages()[path][1].encode(), datetime(2026, 5, 4, tzinfo=UTC))
    post = parse_post(page, HOSTS)
    letters = random.Random(7)
    snapshots = Snapshots(Settings(home=tmp_path, site="http://127.0.0.1:1"))
    with snapshots.writer() as writer:
        for number in range(1_300):
            sections = tuple(
                replace(post.sections[0], position=position, markdown=letters.randbytes(2_500).hex())
                for position in range(10)
            )
            writer.add(replace(post, slug=f"post-{number}", sections=sections))
        writer.publish(public_site=PUBLIC, hosts=HOSTS, notes=[])
    assert snapshots.current().warehouse.post("post-1299").sections == sections
    assert {path.name for path in snapshots.current().folder.iterdir()} == {
        "index",
        "manifest.json",
        "warehouse.duckdb",
    }
