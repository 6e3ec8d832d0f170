"""Readers against a writer: 4 processes of 16 threads query while syncs publish one snapshot after another.

    python bench/sql_storm.py [SECONDS [PROCESSES]]

Serves a small blog on loopback whose posts change all the time. Prints queries answered, snapshots published and
errors; exits 1 when there was an error, a file was left locked, or nothing was answered or published.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from conftest import serving
from tiny_blog import TinyBlog

from tools.blog import BlogTools
from warehouse.build import sync
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

THREADS, PROCESSES = 16, 4
QUERIES = (
    "SELECT count(*) FROM posts",
    "SELECT year, posts FROM years",
    "SELECT p.slug, string_agg(t.tag, ', ') FROM posts p JOIN topics t USING (slug) GROUP BY ALL ORDER BY ALL",
    "SELECT slug, rank() OVER (ORDER BY word_count DESC) FROM posts",
)


def read(home: Path, site: str, ready: Barrier, over: Event, answered: object, errors: object) -> None:
    blog = BlogTools(Snapshots(Settings(home=home, site=site)))

    def ask(number: int) -> int:
        done = 0
        while not over.is_set():
            try:
                assert blog.query_metadata(QUERIES[(number + done) % len(QUERIES)]).rows
                done += 1
            except Exception as error:  # whatever it is, it is counted and shown
                errors.put(f"{type(error).__name__}: {error}")  # type: ignore[attr-defined]
        return done

    blog.query_metadata(QUERIES[0])
    ready.wait(120)
    with ThreadPoolExecutor(THREADS) as pool:
        answered.put(sum(pool.map(ask, range(THREADS))))  # type: ignore[attr-defined]


def main(seconds: float, processes: int) -> int:
    context = multiprocessing.get_context("spawn")
    blog = TinyBlog()
    with tempfile.TemporaryDirectory() as folder, serving(blog.pages()) as served:
        home = Path(folder)
        writer = Snapshots(Settings(home=home, site=served.url))
        sync(writer)
        over, answered, errors = context.Event(), context.Queue(), context.Queue()
        ready = context.Barrier(processes + 1)
        readers = [
            context.Process(target=read, args=(home, served.url, ready, over, answered, errors))
            for _ in range(processes)
        ]
        for reader in readers:
            reader.start()
        ready.wait(120)
        published, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            path = "/posts/kelly-bets/"
            kind, text = blog.pages()[path]
            served.pages[path] = (kind, text.replace("</article>", f"<p>Edition {published}.</p></article>"))
            sync(writer)
            published += 1
        over.set()
        total = sum(answered.get(timeout=60) for _ in readers)
        for reader in readers:
            reader.join(60)
        faults = []
        while not errors.empty():
            faults.append(errors.get())
        locked = [path.name for path in home.rglob("*.wal")]
    print(
        f"{total} queries by {processes} x {THREADS} threads, {published} snapshots, {len(faults)} errors", *faults[:5]
    )
    if locked:
        print("left behind:", *locked)
    return int(bool(faults or locked) or not total or not published)


if __name__ == "__main__":
    assert threading.current_thread() is threading.main_thread()
    given = sys.argv[1:] + ["60", str(PROCESSES)][len(sys.argv) - 1 :]
    sys.exit(main(float(given[0]), int(given[1])))
