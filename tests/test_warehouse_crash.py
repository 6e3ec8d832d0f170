"""A writer may die at any instant: readers in other processes never meet an error or half a snapshot."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import crash_processes
import pytest
from conftest import Served
from pydantic import TypeAdapter
from tiny_blog import TinyBlog

from warehouse.build import sync
from warehouse.records import Manifest
from warehouse.snapshot import Snapshot, Snapshots

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="writers are forked, and killed as POSIX kills")
READERS = 4


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, crash_processes.__file__, *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as it:
        try:
            yield it
        finally:
            it.kill()


class Writers:
    """Writers of one site, one after the other, each told when to die."""

    def __init__(self, process: subprocess.Popen[str], tiny: TinyBlog, site: Served, snapshots: Snapshots) -> None:
        self._process, self._tiny, self._site, self._snapshots = process, tiny, site, snapshots
        self._round = 0

    def run(self, moment: str) -> tuple[int, list[str]]:
        """The exit status of a writer who finds every post changed, and the steps it took in the file system."""
        self._round += 1
        self._tiny.posts = [replace(post, title=f"{post.slug} {self._round}") for post in self._tiny.posts]
        self._site.pages = self._tiny.pages()
        self._leave_garbage()
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(moment + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        return told["status"], told["steps"]

    def _leave_garbage(self) -> None:
        """A snapshot that every writer removes, and no reader is about to open."""
        current = self._snapshots.current().folder
        old = current.with_name("20200101T000000-aaaaaa")
        if not old.exists():
            shutil.copytree(current, old)
        os.utime(old, (0, 0))


def crash(
    tiny: TinyBlog, site: Served, snapshots: Snapshots, *, narrow: tuple[str, ...], every: int, in_between: int
) -> int:
    """How many writers died: at each `narrow` step, at every so many steps in the file system, and in between."""
    tiny.posts = [replace(post, title=f"{post.slug} 0") for post in tiny.posts]
    site.pages = tiny.pages()
    sync(snapshots)
    arguments = (str(snapshots.home), snapshots.site)
    died = 0
    with ExitStack() as stack:
        readers = [stack.enter_context(running("reader", *arguments)) for _ in range(READERS)]
        writers = Writers(stack.enter_context(running("writer", *arguments)), tiny, site, snapshots)
        started = time.monotonic()
        status, steps = writers.run("never")
        lasted = time.monotonic() - started
        assert status == 0
        numbers = {number for number, step in enumerate(steps, start=1) if step.startswith(narrow)}
        numbers |= set(range(1, len(steps) + 1, every))
        moments = [f"step {number}" for number in sorted(numbers)]
        moments += [f"after {lasted * (part + 0.5) / in_between}" for part in range(in_between)]
        for moment in moments:
            status, steps = writers.run(moment)
            assert status == -signal.SIGKILL or (status == 0 and moment.startswith("after")), (moment, steps)
            died += status != 0
            crash_processes.check(snapshots)
        assert writers.run("never")[0] == 0  # and the next sync goes on
        told = [reader.communicate(timeout=60) for reader in readers]
    assert [error for _, error in told] == [""] * READERS
    reports = [json.loads(answer) for answer, _ in told]
    assert all(report["times"] > 10 and report["snapshots"] > 2 for report in reports), reports
    for folder in snapshots.current().folder.parent.iterdir():
        manifest = TypeAdapter(Manifest).validate_json((folder / "manifest.json").read_bytes())
        crash_processes.check_snapshot(Snapshot(folder, manifest))
    return died


def test_readers_notice_nothing_of_writers_killed_while_they_remove(
    tiny: TinyBlog, site: Served, snapshots: Snapshots
) -> None:
    assert crash(tiny, site, snapshots, narrow=("shutil.rmtree",), every=60, in_between=1) >= 4


@pytest.mark.slow
def test_readers_notice_nothing_of_writers_killed_at_fifty_moments(
    tiny: TinyBlog, site: Served, snapshots: Snapshots
) -> None:
    assert crash(tiny, site, snapshots, narrow=(), every=1, in_between=20) >= 50
