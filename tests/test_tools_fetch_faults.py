"""A site that is slow, broken or hostile: every fetch ends in time and memory, the stored copy answers and says why."""

from __future__ import annotations

import gzip
import json
import ssl
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import trustme
from conftest import Served, respond, serving
from tiny_blog import NEW, PUBLIC, TinyBlog

from tools.blog import BlogTools
from tools.limits import PAGE_CHARS_MAX
from warehouse import connection
from warehouse.build import sync
from warehouse.client import Client
from warehouse.errors import SiteDown
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

PATH = f"/posts/{NEW.slug}/"
DEADLINE = 0.6
Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Snapshots]]:
    with serving(TinyBlog().pages()) as served:
        snapshots = Snapshots(Settings(home=tmp_path_factory.mktemp("home"), site=served.url))
        sync(snapshots)
        yield served, snapshots


@pytest.fixture
def served(stored: tuple[Served, Snapshots], monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setattr(connection, "DEADLINE", DEADLINE)
    server = stored[0]
    server.pages, server.special = TinyBlog().pages(), {}
    server.asked.clear()
    return server


def drip(*, headers: bool) -> Answer:
    """One byte at a time, each well within the wait for a byte, without an end."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n" + (b"X: " if headers else b"\r\n"))
        with suppress(OSError):
            for _ in range(400):
                handler.wfile.write(b"x")
                time.sleep(0.05)

    return answer


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n")
    with suppress(OSError):
        while True:
            handler.wfile.write(b"x" * 65_536)


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SO_LINGER 0: close() resets
    handler.connection.close()


def raw(answer: bytes) -> Answer:
    return lambda handler: handler.wfile.write(answer) and None


HTML = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n"
BOMB = gzip.compress(b"x" * 60_000_000)
FAULTS: dict[str, tuple[Answer, str]] = {
    "slow body": (drip(headers=False), "took longer"),
    "slow headers": (drip(headers=True), "took longer"),
    "never answers": (lambda handler: time.sleep(1.2), "took longer"),
    "endless": (endless, "larger than 10 MB|took longer"),
    "reset": (reset, "cannot be read"),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH\r\n"), "cannot be read"),
    "shorter than said": (raw(HTML + b"Content-Length: 900\r\n\r\n<html>"), "more expected"),
    "half a chunk": (
        raw(HTML.replace(b"1.0", b"1.1") + b"Transfer-Encoding: chunked\r\n\r\nff\r\n<html>"),
        "cannot be read",
    ),
    "gzip cut short": (
        respond(200, gzip.compress(b"<p>" * 9000)[:-20], Content_Type="text/html", Content_Encoding="gzip"),
        "cut short",
    ),
    "not gzip": (respond(200, b"plain", Content_Type="text/html", Content_Encoding="gzip"), "decompressing"),
    "bomb": (respond(200, BOMB, Content_Type="text/html", Content_Encoding="gzip"), "larger than 10 MB|took longer"),
    "nested bomb": (
        respond(200, gzip.compress(BOMB), Content_Type="text/html", Content_Encoding="gzip, gzip"),
        "not asked for",
    ),
    "unasked encoding": (respond(200, b"x", Content_Type="text/html", Content_Encoding="br"), "not asked for"),
    "busy": (respond(503), "503"),
    "busy for an hour": (respond(503, Retry_After="3600"), "503"),
    "too many": (respond(429), "429"),
    "too many, told when": (respond(429, Retry_After="1"), "429|took longer"),
    "too many, told nonsense": (respond(429, Retry_After="soon"), "429|cannot be read"),
    "circle": (respond(302, Location=PATH), "redirects more than 3 times"),
    "redirect to nothing": (respond(302, Location="http://["), "no address"),
    "other type": (respond(200, b"{}", Content_Type="application/json"), "application/json"),
    "unasked 304": (respond(304), "304|not a post"),
    "unasked part": (respond(206, b"<p>", Content_Type="text/html"), "206"),
    "huge header": (raw(HTML + b"X: " + b"x" * 70_000 + b"\r\n\r\n"), "cannot be read"),
    "many headers": (raw(HTML + b"X: x\r\n" * 300 + b"\r\n"), "cannot be read"),
    "broken text": (respond(200, b"\xff\xfe\x00\xd8" * 99, Content_Type="text/html; charset=utf-99"), "not a post"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_soon_and_the_stored_copy_says_why(
    stored: tuple[Served, Snapshots], served: Served, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, reason = FAULTS[name]
    blog = BlogTools(stored[1])
    blog.fetch_post(NEW.slug)
    served.special[PATH] = answer
    if reason != "took longer":
        monkeypatch.setattr(connection, "DEADLINE", 6.0)
    started = time.monotonic()
    tracemalloc.start()
    try:
        page = blog.fetch_post(NEW.slug)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.monotonic() - started < 15  # a wait that the site asks for is at most 5 s, and comes twice
    assert peak < 60_000_000
    assert page.source == "snapshot" and page.note.startswith("stored copy: ")
    assert any(word in page.note for word in reason.split("|")), page.note
    assert page.as_of == blog.status()["as_of"]


def test_a_slow_proxy_is_held_to_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "DEADLINE", DEADLINE)
    with serving({}) as proxy:
        proxy.special["http://blog.example/robots.txt"] = respond(404)
        proxy.special["http://blog.example/slow/"] = drip(headers=False)
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, proxy.url)
        started = time.monotonic()
        with pytest.raises(SiteDown, match="took longer"):
            Client("http://blog.example").get("/slow/", ("text/html",))
        assert time.monotonic() - started < 8


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An https server, and the file of the authority that vouches for it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            respond(404 if self.path == "/robots.txt" else 200, b"<p>safe</p>", Content_Type="text/html")(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that does not trust the certificate hangs up

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}", tmp_path / "ca.pem"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_an_authority_of_the_users_own_is_trusted(
    tls: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    url, authority = tls
    with pytest.raises(SiteDown, match="certificate verify failed"):
        Client(url).get("/", ("text/html",))
    monkeypatch.setenv(variable, str(authority))
    assert Client(url).get("/", ("text/html",)).content == b"<p>safe</p>"
    monkeypatch.setenv(variable, "/no/such/file.pem")
    with pytest.raises(SiteDown, match="/no/such/file.pem"):
        Client(url).get("/", ("text/html",))


def test_a_flood_of_sections_does_not_flood_the_reader(stored: tuple[Served, Snapshots], served: Served) -> None:
    kind, text = served.pages[PATH]
    flood = "".join(f"<h2>{'word ' * 90}{n}</h2><p>x</p>" for n in range(300))
    served.pages[PATH] = (kind, text.replace("<table>", flood + "<table>", 1))
    page = BlogTools(stored[1]).fetch_post(PUBLIC + PATH, max_chars=PAGE_CHARS_MAX)
    assert page.source in ("live", "snapshot")
    assert len(json.dumps(asdict(page), ensure_ascii=False)) < 25_000 * 3.5
