"""Search by meaning with the vectors of an endpoint: a real one over HTTP, untrusted, and never needed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Served
from embeddings_server import DIMENSIONS, EmbeddingsServer, given, serving_vectors, vector
from tiny_blog import TinyBlog

from agent.models import build_embedder
from agent.settings import ModelSettings
from tools.blog import BlogTools
from warehouse.build import sync
from warehouse.errors import EmbeddingError
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots
from warehouse.vectors import checked

WITHOUT = "searched without the endpoint's vectors"


@pytest.fixture
def endpoint() -> Iterator[EmbeddingsServer]:
    with serving_vectors() as server:
        yield server


def with_vectors(home: Path, site: str, url: str, name: str = "test-vectors") -> Snapshots:
    settings = ModelSettings(embeddings=name, base_url=url)
    return Snapshots(Settings(home=home, site=site), build_embedder(settings))


@pytest.fixture
def embedded(site: Served, tmp_path: Path, endpoint: EmbeddingsServer) -> Snapshots:
    """The tiny blog's snapshots with an endpoint set, nothing synced yet."""
    return with_vectors(tmp_path / "home", site.url, endpoint.url)


def vectors_in(snapshots: Snapshots) -> Path:
    return snapshots.current().folder / "vectors.duckdb"


# What it gives


def test_a_section_that_means_what_is_asked_is_found_without_a_word_of_it(
    embedded: Snapshots, endpoint: EmbeddingsServer
) -> None:
    report = sync(embedded)
    assert report.embedded == len(endpoint.texts) > 5 and report.without_vectors == ""
    query = "heads: a punter who wagers overmuch"
    words_only = BlogTools(Snapshots(Settings(home=embedded.home, site=embedded.site))).search_posts(query)
    found = BlogTools(embedded).search_posts(query)
    assert {hit.slug for hit in words_only.hits} == {"coin-flips"}
    assert "A gambler who bets too much goes broke" in found.hits[1].snippet
    assert found.note == "" and found.total == len(found.hits)
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)


def test_what_narrows_a_search_narrows_what_is_found_by_meaning(embedded: Snapshots) -> None:
    sync(embedded)
    blog = BlogTools(embedded)
    everything = {hit.slug for hit in blog.search_posts("bet coin", 25).hits}
    assert "kelly-bets" in everything
    for narrowed in ("bet coin -kelly", "bet coin until:2015", 'bet coin "leapfrog integrator"'):
        assert "kelly-bets" not in {hit.slug for hit in blog.search_posts(narrowed, 25).hits}, narrowed


def test_where_no_section_has_a_word_of_the_query_there_is_no_hit(embedded: Snapshots) -> None:
    sync(embedded)
    assert BlogTools(embedded).search_posts("zyzzyva").hits == []


# What is asked for


def test_only_what_is_new_or_changed_is_asked_for_again(
    tiny: TinyBlog, site: Served, embedded: Snapshots, endpoint: EmbeddingsServer
) -> None:
    first = sync(embedded).embedded
    changed = tiny.posts[0]
    tiny.posts[0] = replace(changed, body=changed.body.replace("</p>", " Now with dice.</p>", 1))
    site.pages = tiny.pages()
    endpoint.asked.clear()
    report = sync(embedded)
    assert report.changed == [changed.slug] and 0 < report.embedded < first / 2
    assert len(endpoint.texts) == report.embedded + 1  # and one to see that it still gives what it gave
    assert sum("Now with dice." in text for text in endpoint.texts) == 1


@pytest.mark.parametrize("batch", [1, 64])
def test_an_endpoint_that_gives_other_vectors_by_now_is_asked_for_all(
    tiny: TinyBlog,
    site: Served,
    embedded: Snapshots,
    endpoint: EmbeddingsServer,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    monkeypatch.setattr("warehouse.vectors._BATCH", batch)
    first = sync(embedded).embedded
    endpoint.answer = lambda texts: given([vector(text)[::-1] for text in texts])
    changed = tiny.posts[0]
    tiny.posts[0] = replace(changed, body=changed.body.replace("</p>", " Now with dice.</p>", 1))
    site.pages = tiny.pages()
    assert sync(embedded).embedded == first
    assert BlogTools(embedded).search_posts("bet").hits[0].slug == "kelly-bets"


def test_a_blog_that_did_not_change_gets_vectors_once_an_endpoint_is_set(
    snapshots: Snapshots, endpoint: EmbeddingsServer
) -> None:
    before = sync(snapshots).snapshot
    set_now = with_vectors(snapshots.home, snapshots.site, endpoint.url)
    assert WITHOUT in BlogTools(set_now).search_posts("bet").note
    report = sync(set_now)
    assert report.embedded > 5 and report.snapshot != before and vectors_in(set_now).exists()
    assert sync(set_now).snapshot == report.snapshot


def test_without_the_setting_there_are_no_vectors(snapshots: Snapshots, endpoint: EmbeddingsServer) -> None:
    sync(snapshots)
    assert not vectors_in(snapshots).exists() and endpoint.asked == []
    assert build_embedder(ModelSettings(base_url=endpoint.url)) is None
    assert build_embedder(ModelSettings(embeddings="test-vectors")) is None


# What an endpoint may do


ANSWERS: dict[str, tuple[Any, str]] = {
    "no JSON": (lambda texts: b"<html>", "gave no vectors"),
    "another document": (lambda texts: [1, 2], "gave no vectors"),
    "none": (lambda texts: given([]), "gave no vectors|gave 0 vectors"),
    "one too few": (lambda texts: given([vector(text) for text in texts[1:]]), "gave 1 vectors for 2 texts"),
    "words": (lambda texts: given([["a"] * DIMENSIONS for _ in texts]), "no numbers|gave no vectors"),
    "nothing": (lambda texts: given([None for _ in texts]), "no numbers|gave no vectors"),
    "no length": (lambda texts: given([[0.0] * DIMENSIONS for _ in texts]), "not finite, or zero"),
    "no number": (lambda texts: given([[float("nan")] * DIMENSIONS for _ in texts]), "not finite, or zero"),
    "too great": (lambda texts: given([[1e300] * DIMENSIONS for _ in texts]), "not finite, or zero"),
    "of many sizes": (lambda texts: given([[1.0] * (1 + n) for n, _ in enumerate(texts)]), "1 and 2 dimensions"),
    "of no size": (lambda texts: given([[] for _ in texts]), "0 dimensions"),
    "too long": (lambda texts: given([[1.0] * 9_000 for _ in texts]), "9000 dimensions"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_is_no_vector_for_each_text_is_refused(endpoint: EmbeddingsServer, kind: str) -> None:
    endpoint.answer, told = ANSWERS[kind]
    embedder = build_embedder(ModelSettings(embeddings="test-vectors", base_url=endpoint.url))
    assert embedder is not None
    with pytest.raises(EmbeddingError, match=told):
        checked(embedder, ["coins", "dice"], 10)


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}], ids=["without end", "compressed"])
def test_an_answer_that_could_fill_the_memory_is_refused(
    endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setattr("agent.models._MOST_BYTES", 5_000)
    endpoint.headers = headers
    embedder = build_embedder(ModelSettings(embeddings="test-vectors", base_url=endpoint.url))
    assert embedder is not None
    with pytest.raises(EmbeddingError, match="gave no vectors"):
        checked(embedder, ["coins"] * (1 if headers else 64), 10)


def test_an_endpoint_that_fails_leaves_a_sync_without_vectors_and_is_told(
    embedded: Snapshots, endpoint: EmbeddingsServer
) -> None:
    endpoint.status, endpoint.answer = 400, lambda texts: {"error": {"message": "out of order"}}
    report = sync(embedded)
    assert report.posts == 3 and report.embedded == 0 and "out of order" in report.without_vectors
    assert not vectors_in(embedded).exists()
    found = BlogTools(embedded).search_posts("bet")
    assert found.hits[0].slug == "kelly-bets" and WITHOUT in found.note
    assert "out of order" in sync(embedded).without_vectors
    endpoint.status, endpoint.answer = 200, lambda texts: given([vector(text) for text in texts])
    assert sync(embedded).embedded > 5 and BlogTools(embedded).search_posts("bet").note == ""


def test_an_endpoint_that_stalls_holds_up_one_search_shortly_and_then_none(
    embedded: Snapshots, endpoint: EmbeddingsServer
) -> None:
    sync(embedded)
    endpoint.answer = endpoint.hang
    blog, asked, began = BlogTools(embedded), len(endpoint.asked), time.monotonic()
    for query in ("bet", "coin", "leapfrog"):
        found = blog.search_posts(query)
        assert found.hits and WITHOUT in found.note
    assert time.monotonic() - began < 4 and len(endpoint.asked) == asked + 1


@pytest.mark.parametrize("size", [DIMENSIONS - 1, DIMENSIONS + 1])
def test_a_query_of_another_size_is_searched_by_words(
    embedded: Snapshots, endpoint: EmbeddingsServer, size: int
) -> None:
    sync(embedded)
    endpoint.answer = lambda texts: given([[1.0] * size for _ in texts])
    found = BlogTools(embedded).search_posts("bet")
    assert found.hits and WITHOUT in found.note and str(size) in found.note


def test_vectors_of_another_model_are_not_used(embedded: Snapshots, site: Served, endpoint: EmbeddingsServer) -> None:
    sync(embedded)
    other = with_vectors(embedded.home, site.url, endpoint.url, "other-vectors")
    endpoint.asked.clear()
    assert "test-vectors" in BlogTools(other).search_posts("bet").note and endpoint.asked == []
    assert sync(other).embedded > 5


def test_vectors_that_are_damaged_are_done_without(embedded: Snapshots) -> None:
    sync(embedded)
    vectors_in(embedded).write_bytes(b"not what it was")
    found = BlogTools(embedded).search_posts("bet")
    assert found.hits and WITHOUT in found.note
