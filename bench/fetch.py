"""What a fetch costs beside a bare `requests.get` over loopback: `python bench/fetch.py FOLDER [ROUNDS]`.

Serves the longest page below the folder (the real blog's: `../shared/blog/posts`) and gets it in full, revalidated
(304) and from a fresh cache. The four are timed in turn, so that a busy machine slows all.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import requests

from warehouse.page_cache import PageCache
from warehouse.site import Site


def serve(page: bytes) -> ThreadingHTTPServer:
    """/fresh may be believed for an hour, /asked is confirmed by its ETag, /full has no validator."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write for headers and body, else Nagle's algorithm is what is timed

        def do_GET(self) -> None:
            known = self.path == "/asked" and self.headers.get("If-None-Match") == '"1"'
            self.send_response(404 if self.path == "/robots.txt" else 304 if known else 200)
            self.send_header("Content-Type", "text/html")
            if self.path != "/full":
                self.send_header("ETag", '"1"')
            self.send_header("Cache-Control", "max-age=3600" if self.path == "/fresh" else "no-cache")
            if not known:
                self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            if not known:
                self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda request, address: None  # type: ignore[method-assign]  # a client that hung up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def timed(fetch: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    fetch()
    return time.perf_counter() - started


def main(folder: str, rounds: str = "200") -> None:
    pages = [path.read_bytes() for path in Path(folder).rglob("index.html")]
    if not pages:
        sys.exit(f"no index.html below {folder}")
    page = max(pages, key=len)
    server = serve(page)
    url = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as home:
        cache = PageCache(Path(home) / "pages.sqlite")
        site = Site(url, cache)
        fetches: dict[str, Callable[[], object]] = {
            "bare requests.get": lambda: requests.get(url + "/full", timeout=10).content,
            "cached": lambda: site.page("/fresh", url + "/fresh", revalidate=False),
            "revalidated (304)": lambda: site.page("/asked", url + "/asked"),
            "full": lambda: site.page("/full", url + "/full"),
        }
        for fetch in fetches.values():
            fetch()
        times = [[timed(fetch) for fetch in fetches.values()] for _ in range(int(rounds))]
        cache.close()
    server.shutdown()
    print(f"one page of {len(page):,} bytes, {rounds} rounds")
    for place, name in enumerate(fetches):
        spent, ratio = median(row[place] for row in times), median(row[place] / row[0] for row in times)
        print(f"{name:18} median {spent * 1000:7.2f} ms   ratio {ratio:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
