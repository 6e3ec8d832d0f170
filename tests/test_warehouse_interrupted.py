"""A sync that is stopped, finds the disk full or meets another: what is published stays, and the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event

import pytest
from conftest import Served, respond
from tiny_blog import TinyBlog

from warehouse import publishing
from warehouse.build import sync
from warehouse.errors import SnapshotError
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")


class Held:
    """A page that the site does not give before it is released."""

    def __init__(self, site: Served, path: str) -> None:
        self.asked, self.released = Event(), Event()
        self._site, self._path = site, path
        site.special[path] = self._answer

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.set()
        self.released.wait(60)
        kind, text = self._site.pages[self._path]
        with suppress(OSError):  # who asked may be gone
            respond(200, text.encode(), Content_Type=kind)(handler)

    def release(self) -> None:
        self._site.special.pop(self._path, None)
        self.released.set()


@pytest.fixture
def held(tiny: TinyBlog, site: Served, snapshots: Snapshots) -> Iterator[Held]:
    """A synced blog of which every post has changed since, and whose site now hesitates in the middle."""
    sync(snapshots)
    tiny.posts = [replace(post, title=f"New {post.title}") for post in tiny.posts]
    site.pages = tiny.pages()
    page = Held(site, "/posts/kelly-bets/")
    yield page
    page.release()


@contextmanager
def bounded_sync(snapshots: Snapshots, limit: int = 0) -> Iterator[subprocess.Popen[str]]:
    """`bounded sync` as a process of its own, whose files may grow to `limit` bytes."""
    command = [sys.executable, "-m", "agent", "sync", "--site", snapshots.site]
    environment = os.environ | {"BOUNDED_HOME": str(snapshots.home)}
    if limit:
        code = "import resource, sys, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}));"
        command[1:3] = [
            "-c",
            code.format(limit) + " sys.argv[0] = 'bounded'; runpy.run_module('agent', run_name='__main__')",
        ]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def titles(snapshots: Snapshots) -> list[str]:
    return list(snapshots.current().warehouse.slugs().values())


def unfinished(snapshots: Snapshots) -> list[Path]:
    return [path for path in snapshots.home.rglob(".*") if path.is_dir()]


OLD_TITLES = ["Coin Flips, Simulated", "Kelly Bets & Coins", "Hamiltonian Walks"]
NEW_TITLES = [f"New {title}" for title in OLD_TITLES]


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_sync_that_is_stopped_ends_at_once_and_the_next_goes_on(
    snapshots: Snapshots, held: Held, number: signal.Signals
) -> None:
    with bounded_sync(snapshots) as process:
        assert held.asked.wait(60)
        started = time.monotonic()
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
    assert time.monotonic() - started < 5
    assert process.returncode not in (0, 2) and "Traceback" not in told
    assert titles(snapshots) == OLD_TITLES
    held.release()
    sync(snapshots)
    assert titles(snapshots) == NEW_TITLES and unfinished(snapshots) == []


def test_a_sync_that_is_given_up_leaves_nothing_half_written(snapshots: Snapshots, held: Held) -> None:
    def give_up(done: int, of: int, path: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(snapshots, give_up)
    assert titles(snapshots) == OLD_TITLES and unfinished(snapshots) == []


@POSIX
@pytest.mark.parametrize("limit", [10, 50_000, 600_000], ids=["at once", "in the database", "later"])
def test_a_disk_without_room_is_explained_and_costs_nothing(snapshots: Snapshots, held: Held, limit: int) -> None:
    held.release()
    with bounded_sync(snapshots, limit) as process:
        _, told = process.communicate(timeout=60)
    assert process.returncode == 1 and "Traceback" not in told
    assert "cannot be written" in told and "BOUNDED_HOME" in told
    assert titles(snapshots) == OLD_TITLES and unfinished(snapshots) == []
    sync(snapshots)
    assert titles(snapshots) == NEW_TITLES


def test_a_second_sync_waits_for_the_first_and_says_for_whom(snapshots: Snapshots, held: Held) -> None:
    with bounded_sync(snapshots) as first:
        assert held.asked.wait(60)
        with bounded_sync(snapshots) as second:
            assert second.stderr
            told = next(line for line in second.stderr if "waiting" in line)
            assert f"process {first.pid}, since " in told
            assert titles(snapshots) == OLD_TITLES
            held.release()
            assert (first.wait(60), second.wait(60)) == (0, 0)
    assert titles(snapshots) == NEW_TITLES


def test_a_sync_that_waited_too_long_names_who_holds_the_lock(
    snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_PATIENCE", 0.05)
    other = Snapshots(Settings(home=snapshots.home, site=snapshots.site))
    with other.writer(), pytest.raises(SnapshotError, match=f"another sync is running: process {os.getpid()}, since"):
        sync(snapshots)
    assert sync(snapshots).posts == 3
