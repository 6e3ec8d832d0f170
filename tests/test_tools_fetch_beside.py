"""What can be read beside the posts: their sources, what is new on the site, and addresses without a host."""

from __future__ import annotations

import json
from dataclasses import replace

from conftest import Served, respond, serving
from tiny_blog import NEW, NOTEBOOK, OLD, TinyBlog

from tools.blog import BlogTools
from tools.render import render
from warehouse.build import sync
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

CELLS = {
    "nbformat": 4,
    "metadata": {"language_info": {"name": "python"}},
    "cells": [
        {"cell_type": "markdown", "source": ["Flip \\\\(n\\\\) coins."]},
        {"cell_type": "code", "source": ["import random\n", "random.random()"], "outputs": [{"text": "0.5"}]},
    ],
}


def test_a_post_is_read_by_its_path_alone(synced: BlogTools) -> None:
    assert synced.fetch_post("/posts/kelly-bets/").slug == OLD.slug
    assert synced.fetch_post("/posts/kelly-bets/#the-formula").slug == OLD.slug
    assert synced.fetch_post("/posts/unlisted/").source == "live"


def test_the_sources_of_posts_are_read_as_cells_and_as_text(snapshots: Snapshots, site: Served) -> None:
    site.pages["/posts/coin-flips/index.ipynb"] = ("application/octet-stream", json.dumps(CELLS))
    site.pages["/posts/kelly-bets/index.rst"] = ("text/plain", "Kelly Bets\n==========\n\n.. math:: f = p - q/b\n")
    sync(snapshots)
    blog = BlogTools(snapshots)
    cells = blog.fetch_post("/posts/coin-flips/index.ipynb")
    assert (cells.slug, cells.source, cells.changed) == (NOTEBOOK.slug, "live", [])
    assert "```python\nimport random\nrandom.random()\n```" in cells.markdown and "coins." in cells.markdown
    text = blog.fetch_post(f"{site.url}/posts/kelly-bets/index.rst")
    assert ".. math:: f = p - q/b" in text.markdown and text.changed == []


def test_the_front_page_tells_what_the_site_lists_and_the_snapshot_lacks(snapshots: Snapshots) -> None:
    blog = TinyBlog(posts=[NOTEBOOK, OLD])
    with serving(blog.pages()) as served:
        stored = Snapshots(Settings(home=snapshots.home, site=served.url))
        sync(stored)
        tools = BlogTools(stored)
        assert "Nothing is new" in tools.fetch_post("/").markdown
        served.pages = TinyBlog(posts=[OLD, NEW]).pages()
        told = BlogTools(stored).fetch_post("/")
        assert told.source == "live"
        assert NEW.title in told.markdown.split("Listed no more")[0] and NOTEBOOK.title in told.markdown
        for page in list(served.pages):
            served.special[page] = respond(503)
        down = BlogTools(stored).fetch_post("/")
        assert down.source == "snapshot" and "could not be asked" in down.markdown


def test_a_whole_post_comes_with_what_to_read_before_it_and_beside_it(synced: BlogTools) -> None:
    page = synced.fetch_post("kelly-bets")
    assert (page.read_before, page.related[0]) == ([], NEW.slug) and OLD.slug not in page.related
    assert f"Related: {NEW.slug}" in render(page)
    for part in (synced.fetch_post("kelly-bets", section="Simulation"), synced.fetch_post("/posts/unlisted/")):
        assert (part.read_before, part.related) == ([], [])
    older = TinyBlog(posts=[replace(NEW, published="2018-01-01T08:00:00-05:00"), OLD, NOTEBOOK])
    with serving(older.pages()) as served:
        stored = Snapshots(Settings(home=synced.snapshots.home / "older", site=served.url))
        sync(stored)
        assert BlogTools(stored).fetch_post("kelly-bets").read_before == [NEW.slug]
