"""Real servers on loopback, a real snapshot through the real pipeline, and no way out to the network."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tiny_blog import TinyBlog

from tools.blog import BlogTools
from warehouse.build import sync
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

REAL_BLOG = Path(__file__).resolve().parents[2] / "shared" / "blog"
REAL_EVAL = REAL_BLOG.parent / "eval"
_connect, _getaddrinfo = socket.socket.connect, socket.getaddrinfo


@pytest.fixture(autouse=True)
def sealed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key, no configured blog, a home of its own, and connections to loopback only."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "BOUNDED_MODEL", "BOUNDED_EMBEDDINGS", "BOUNDED_SITE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BOUNDED_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(socket.socket, "connect", _loopback_only)
    monkeypatch.setattr(socket, "getaddrinfo", _no_names)


def _no_names(host: Any, *more: Any, **named: Any) -> Any:
    if host not in (None, "127.0.0.1", "::1", "localhost"):
        raise socket.gaierror(f"tests look up no names, not even {host}")
    return _getaddrinfo(host, *more, **named)


def _loopback_only(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"tests reach no network, not even {address[0]}")
    _connect(self, address)


class Served:
    """A loopback web server whose answers can be changed while it runs, and which remembers what it was asked."""

    def __init__(self, pages: dict[str, tuple[str, str]]) -> None:
        self.pages = pages
        self.special: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[str] = []
        self.validates = False
        """Whether pages have an ETag, and are answered with 304 to who has them."""
        self.confirmed: list[str] = []
        """What was answered so."""
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.split("?")[0]
                served.asked.append(self.path)
                if path in served.special:
                    served.special[path](self)
                    return
                kind, text = served.pages.get(path, ("", ""))
                body = text.encode()
                tag = f'"{hashlib.md5(body).hexdigest()}"'
                if served.validates and kind and self.headers.get("If-None-Match") == tag:
                    served.confirmed.append(self.path)
                    self.send_response(304)
                    self.end_headers()
                    return
                self.send_response(200 if kind else 404)
                if served.validates:
                    self.send_header("ETag", tag)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def serving(pages: dict[str, tuple[str, str]]) -> Iterator[Served]:
    """Pages (path to content type and text) on a free loopback port."""
    served = Served(pages)
    try:
        yield served
    finally:
        served.stop()


def respond(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """A fixed answer for `Served.special`; header names are written with underscores."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def tiny() -> TinyBlog:
    return TinyBlog()


@pytest.fixture
def site(tiny: TinyBlog) -> Iterator[Served]:
    """The tiny blog, served afresh."""
    with serving(tiny.pages()) as served:
        yield served


@pytest.fixture
def snapshots(site: Served, tmp_path: Path) -> Snapshots:
    """The tiny blog's snapshots, nothing synced yet; for tests that write."""
    return Snapshots(Settings(home=tmp_path / "home", site=site.url))


def slugs(snapshots: Snapshots) -> list[str]:
    """Of the posts that are stored, oldest first."""
    return list(snapshots.current().warehouse.slugs())


def published(snapshots: Snapshots) -> Path:
    """The folder readers are sent to, without opening anything."""
    (pointer,) = (snapshots.home / "sites").glob("*/current")
    return pointer.parent / "snapshots" / pointer.read_text(encoding="utf-8").strip()


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlogTools]:
    """The tools over the synced tiny blog, its site still up; for tests that only read."""
    with serving(TinyBlog().pages()) as served:
        snapshots = Snapshots(Settings(home=tmp_path_factory.mktemp("synced"), site=served.url))
        sync(snapshots)
        yield BlogTools(snapshots)
        snapshots.current().warehouse.close()


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlogTools]:
    """The tools as on a fresh machine: the built-in catalogue."""
    snapshots = Snapshots(Settings(home=tmp_path_factory.mktemp("catalogue")))
    yield BlogTools(snapshots)
    snapshots.current().warehouse.close()


@pytest.fixture(scope="session")
def real_blog() -> Path:
    if not (REAL_BLOG / "posts").is_dir():
        pytest.skip(f"the real blog's pages are not at {REAL_BLOG}")
    return REAL_BLOG


@pytest.fixture(scope="session")
def truth() -> dict[str, Any]:
    """Independent counts of half of the real blog's posts."""
    path = REAL_EVAL / "truth_dev.json"
    if not path.is_file():
        pytest.skip(f"the ground truth is not at {path}")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
