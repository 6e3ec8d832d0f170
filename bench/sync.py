"""What a sync costs: `python bench/sync.py FOLDER [--rounds 5] [--posts 20000]`.

FOLDER is a blog as its web server has it (the real blog: `../shared/blog`). It is served on loopback with validators
(ETag); every sync runs in a process of its own, whose time and peak memory are those printed. Bare parsing,
BeautifulSoup over the same pages, runs in turn with the syncs, so that a busy machine slows all alike. Then a synthetic
blog of many posts is synced: whole, with nothing changed, and with one post changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

TYPES = {".xml": "application/xml", ".html": "text/html; charset=utf-8", ".txt": "text/plain"}

Answer = tuple[str, bytes]
"""Content type and body."""
Pages = Callable[[str], Answer | None]
"""What a site has at a path."""


@contextmanager
def serving(pages: Pages) -> Iterator[str]:
    """The address of a site that keeps connections open and answers 304 to who has the page already."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            found = pages(self.path)
            kind, body = found or ("text/plain", b"")
            tag = f'"{hashlib.md5(body).hexdigest()}"'
            known = found is not None and self.headers.get("If-None-Match") == tag
            head = [f"HTTP/1.1 {304 if known else 200 if found else 404} -", f"ETag: {tag}"]
            if not known:
                head += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
            self.wfile.write("\r\n".join([*head, "", ""]).encode() + (b"" if known else body))

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


# In processes of their own


def measured(mode: str, *arguments: str) -> dict[str, float]:
    """What `mode`, run in a fresh process, says of itself."""
    command = [sys.executable, __file__, mode, *arguments]
    told: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return told


def sync_here(home: str, site: str) -> None:
    from warehouse.build import sync
    from warehouse.settings import Settings
    from warehouse.snapshot import Snapshots

    started, spent = time.perf_counter(), time.process_time()
    report = sync(Snapshots(Settings(home=Path(home), site=site)))
    seconds, processor = time.perf_counter() - started, time.process_time() - spent
    read = len(report.added) + len(report.changed)
    print(json.dumps({"s": seconds, "cpu": processor, "mb": peak_mb(), "posts": report.posts, "read": read}))


def parse_here(folder: str) -> None:
    from bs4 import BeautifulSoup

    pages = [path.read_bytes() for path in sorted(Path(folder, "posts").rglob("index.html"))]
    started = time.perf_counter()
    for page in pages:
        BeautifulSoup(page, "lxml")
    print(json.dumps({"s": time.perf_counter() - started, "pages": len(pages)}))


def peak_mb() -> float:
    """The most memory this process ever held (on Linux getrusage would count its parent's as well)."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


# The real blog


def real_blog(folder: str, rounds: int) -> None:
    changed = b""

    def pages(path: str) -> Answer | None:
        file = Path(folder, path.lstrip("/"))
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file():
            return None
        body = file.read_bytes()
        if path == newest:
            body = body.replace(b"</p>", changed + b"</p>", 1)
        return TYPES.get(file.suffix, "text/plain"), body

    newest = "/posts/" + max(path.parent.name for path in Path(folder, "posts").glob("*/index.html")) + "/"
    columns: dict[str, list[float]] = {name: [] for name in ("bare parse", "full", "nothing changed", "one changed")}
    with serving(pages) as site:
        for number in range(rounds):
            with tempfile.TemporaryDirectory() as home:
                bare = measured("parse", folder)
                runs = [measured("sync", home, site), measured("sync", home, site)]
                changed = f" Changed in round {number}.".encode()
                runs.append(measured("sync", home, site))
            assert [run["read"] for run in runs] == [runs[0]["posts"], 0, 1], runs
            for name, run in zip(columns, [bare, *runs], strict=True):
                columns[name].append(run["s"])
    print(f"the blog in {folder}: {bare['pages']:.0f} pages, {runs[0]['posts']:.0f} posts, {rounds} rounds")
    for name, spent in columns.items():
        to_bare = median(one / other for one, other in zip(spent, columns["bare parse"], strict=True))
        to_full = median(one / other for one, other in zip(spent, columns["full"], strict=True))
        print(
            f"{name:16} median {median(spent):6.3f} s   fastest {min(spent):6.3f} s"
            f"   {to_bare:5.2f} of bare parsing   {to_full:5.2f} of a full sync"
        )


# A synthetic blog


def synthetic(posts: int) -> Pages:
    """A blog whose pages are made when asked for: 6 sections, 900 words, 20 formulas, a listing and a figure each."""
    words = [
        f"{a}{b}{c}" for a in ("ba", "co", "di", "fu") for b in ("lan", "mer", "tos", "vik") for c in ("a", "en", "or")
    ]
    locations = "".join(f"<url><loc>/posts/note-{number}/</loc></url>" for number in range(posts))

    def paragraph(chance: random.Random, number: int) -> str:
        inline = f'<span class="math">\\(x_{{{number}}} = {chance.randrange(99)}\\)</span>'
        return f"<p>{' '.join(chance.choices(words, k=75))} {inline} {' '.join(chance.choices(words, k=74))}.</p>"

    def page(number: int, version: int) -> str:
        chance = random.Random(number)
        sections = "".join(
            f'<h2 id="part-{part}">Part {part} of {chance.choice(words)}</h2>{paragraph(chance, number)}'
            f'<div class="math">\\begin{{align*}}y_{part} &amp;= {chance.randrange(99)} z_i\\end{{align*}}</div>'
            for part in range(1, 7)
        )
        return (
            f"<!DOCTYPE html><html><head><title>Note {number}</title><meta name=author content=Bench>"
            f'<meta property="article:published_time" content="{2000 + number % 25}-0{1 + number % 9}-11">'
            f'<meta property="article:tag" content="{words[number % 48]}"></head>'
            f"<body><nav>{'<a href=/>Home</a>' * 20}</nav>"
            f"<article><h1>Note {number}, version {version}</h1>{sections}"
            f'<pre class="code python">print({number})</pre>'
            f'<figure><img src="/{number}.png" alt="Plot"><figcaption>Plot {number}</figcaption></figure>'
            f'<p><a href="/posts/note-{max(0, number - 1)}/">before</a></p></article></body></html>'
        )

    versions: dict[str, int] = {}

    def pages(path: str) -> Answer | None:
        if path == "/change":
            versions["/posts/note-0/"] = versions.get("/posts/note-0/", 0) + 1
            return None
        if path == "/":
            return TYPES[".html"], b"<html><title>Bench</title></html>"
        if path == "/sitemap.xml":
            return TYPES[".xml"], f"<urlset>{locations.replace('<loc>', '<loc>' + base)}</urlset>".encode()
        if path.startswith("/posts/note-"):
            return TYPES[".html"], page(int(path.split("-")[1].strip("/")), versions.get(path, 0)).encode()
        return None

    base = "http://bench.example"
    return pages


def synthetic_blog(posts: int) -> None:
    pages = synthetic(posts)
    size = len((pages("/posts/note-1/") or ("", b""))[1])
    print(f"\na synthetic blog of {posts:,} posts, {size / 1000:.1f} kB a page")
    with serving(pages) as site, tempfile.TemporaryDirectory() as home:
        for name in ("full", "nothing changed", "one changed"):
            if name == "one changed":
                pages("/change")
            run = measured("sync", home, site)
            assert run["posts"] == posts, run
            pointer = next(Path(home, "sites").glob("*/current"))
            folder = pointer.parent / "snapshots" / pointer.read_text().strip()
            stored = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
            print(
                f"{name:16} {run['s']:7.1f} s ({run['cpu']:.1f} s of processor)   {run['read']:6.0f} parsed"
                f"   peak {run['mb']:4.0f} MB   snapshot {stored:4.0f} MB"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--posts", type=int, default=20_000)
    chosen = parser.parse_args()
    if chosen.rounds:
        real_blog(chosen.folder, chosen.rounds)
    if chosen.posts:
        synthetic_blog(chosen.posts)


if __name__ == "__main__":
    if sys.argv[1:2] == ["sync"]:
        sync_here(*sys.argv[2:])
    elif sys.argv[1:2] == ["parse"]:
        parse_here(*sys.argv[2:])
    else:
        main()
