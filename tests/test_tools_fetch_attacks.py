"""No address, answer, name server or environment makes a fetch reach anything but the one blog: all of it tried."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from conftest import Served, respond, serving
from tiny_blog import OLD, TinyBlog

from tools.blog import BlogTools
from warehouse.build import sync
from warehouse.client import Client
from warehouse.errors import BlogError, RefusedUrl, SiteDown
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

POST = "/posts/kelly-bets/"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Snapshots]]:
    with serving(TinyBlog().pages()) as served:
        snapshots = Snapshots(Settings(home=tmp_path_factory.mktemp("home"), site=served.url))
        sync(snapshots)
        yield served, snapshots


@pytest.fixture
def served(stored: tuple[Served, Snapshots]) -> Served:
    server = stored[0]
    server.pages, server.special = TinyBlog().pages(), {}
    server.asked.clear()
    return server


@pytest.fixture
def blog(stored: tuple[Served, Snapshots], served: Served) -> BlogTools:
    return BlogTools(stored[1])


@pytest.fixture
def other() -> Iterator[Served]:
    """A server on another port that answers anything, and must never be asked."""
    with serving({}) as server:
        yield server
        assert server.asked == []


# {p} is the port that must not be reached, {own} the blog's.
ADDRESSES = {
    "control character": [
        "http://127.0.0.1:{p}\t/posts/kelly-bets/",
        "http://127.0.0.1\n:{p}/posts/kelly-bets/",
        "ht\ttp://127.0.0.1:{p}/",
        "http://127.0.0.1:{own}/\r\nHost: 127.0.0.1:{p}/",
        "http://127.0.0.1:{own}/posts/\x00kelly-bets/",
        "http://127.0.0.1:{p}\x00.tiny.example/posts/kelly-bets/",
        "http://tiny.example\u200b:{p}/posts/kelly-bets/",
        "http://127.0.0.1:{p}\\@tiny.example/posts/kelly-bets/",
        "http:\\\\127.0.0.1:{p}\\posts\\kelly-bets",
        "\\\\127.0.0.1:{p}/posts/kelly-bets/",
        "http://tiny.example\\.127.0.0.1:{p}/posts/kelly-bets/",
    ],
    "user name": [
        "http://tiny.example@127.0.0.1:{p}/posts/kelly-bets/",
        "http://tiny.example:80@127.0.0.1:{p}/posts/kelly-bets/",
        "http://127.0.0.1:{own}@127.0.0.1:{p}/posts/kelly-bets/",
        "http://a:b@tiny.example/posts/kelly-bets/",
        "http://@tiny.example/posts/kelly-bets/",
        "//tiny.example@127.0.0.1:{p}/posts/kelly-bets/",
        "http://tiny.example%40@127.0.0.1:{p}/posts/kelly-bets/",
        "http://a@b@127.0.0.1:{p}/posts/kelly-bets/",
    ],
    "not http or https": [
        "file:///etc/passwd",
        "file://127.0.0.1:{p}/etc/passwd",
        "ftp://127.0.0.1:{p}/x",
        "gopher://127.0.0.1:{p}/_GET%20/",
        "dict://127.0.0.1:{p}/info",
        "ldap://127.0.0.1:{p}/",
        "ws://127.0.0.1:{p}/posts/kelly-bets/",
        "view-source:http://127.0.0.1:{p}/",
        "jar:http://127.0.0.1:{p}/!/x",
        "http+unix://%2Ftmp%2Fsocket/x",
        "data:text/html,<h1>/",
        "javascript:fetch('//127.0.0.1:{p}/')",
        "netdoc:///etc/passwd",
    ],
    "port": [
        "http://127.0.0.1:{p}/posts/kelly-bets/",
        "127.0.0.1:{p}/posts/kelly-bets/",
        "//127.0.0.1:{p}/posts/kelly-bets/",
        "http://tiny.example:{p}/posts/kelly-bets/",
        "https://tiny.example:8443/posts/kelly-bets/",
        "http://127.0.0.1/posts/kelly-bets/",
        "http://127.0.0.1:0{p}/posts/kelly-bets/",
        "http://tiny.example:22/posts/kelly-bets/",
        "http://tiny.example:0/posts/kelly-bets/",
        "http://127.0.0.1:65536/x",
        "http://127.0.0.1:-1/x",
        "http://127.0.0.1:{p}{p}/x",
    ],
    "numeric address": [
        "http://2130706433:{p}/posts/kelly-bets/",
        "http://0x7f000001:{p}/posts/kelly-bets/",
        "http://0x7f.0x0.0x0.0x1:{p}/posts/kelly-bets/",
        "http://017700000001:{p}/posts/kelly-bets/",
        "http://0177.0.0.1:{p}/posts/kelly-bets/",
        "http://127.1:{p}/posts/kelly-bets/",
        "http://127.0.1:{p}/posts/kelly-bets/",
        "http://0:{p}/posts/kelly-bets/",
        "http://0.0.0.0:{p}/posts/kelly-bets/",
        "http://127.0.0.2:{p}/posts/kelly-bets/",
        "http://127.000.000.001:{p}/posts/kelly-bets/",
        "http://127.0.0.1.:{p}/posts/kelly-bets/",
        "http://[::1]:{p}/posts/kelly-bets/",
        "http://[::]:{p}/posts/kelly-bets/",
        "http://[::ffff:127.0.0.1]:{p}/posts/kelly-bets/",
        "http://[::ffff:7f00:1]:{p}/posts/kelly-bets/",
        "http://[::127.0.0.1]:{p}/posts/kelly-bets/",
        "http://[64:ff9b::7f00:1]:{p}/posts/kelly-bets/",
        "http://[0:0:0:0:0:0:0:1]:{p}/posts/kelly-bets/",
        "http://[fe80::1%25lo]:{p}/posts/kelly-bets/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://192.168.0.1/",
        "http://172.16.0.1/",
        "http://100.64.0.1/",
    ],
    "international": [
        "http://１２７.０.０.１:{p}/posts/kelly-bets/",
        "http://①②⑦.⓪.⓪.①:{p}/posts/kelly-bets/",
        "http://127。0。0。1:{p}/posts/kelly-bets/",
        "http://ｔiny.example/posts/kelly-bets/",
        "http://tiny。example/posts/kelly-bets/",
        "http://tіny.example/posts/kelly-bets/",
        "http://xn--tny-ija.example/posts/kelly-bets/",
        "http://locaⓛhost:{p}/posts/kelly-bets/",
    ],
    "another host": [
        "http://localhost:{p}/posts/kelly-bets/",
        "http://LOCALHOST:{p}/posts/kelly-bets/",
        "http://localhost.localdomain:{p}/x/",
        "http://tiny.example.evil.example/posts/kelly-bets/",
        "http://sub.tiny.example/posts/kelly-bets/",
        "http://www.tiny.example/posts/kelly-bets/",
        "http://nottiny.example/posts/kelly-bets/",
        "http://tiny.example./posts/kelly-bets/",
        "http://tiny.example%2f@x.example/".replace("@", "."),
        "http://127.0.0.1.nip.io:{p}/posts/kelly-bets/",
        "http://tiny.example%00.evil.example/posts/kelly-bets/",
        "http://evil.example/#@tiny.example/posts/kelly-bets/",
        "http://evil.example?@tiny.example/posts/kelly-bets/",
        "http://metadata.google.internal/computeMetadata/v1/",
        "evil.example/posts/kelly-bets/",
    ],
    "no host": ["http:///posts/kelly-bets/", "https:/posts/kelly-bets/", "http://:{p}/x"],
    "not an address": [
        "http:127.0.0.1:{p}/",
        "http://[::1:{p}/x",
        "http://[127.0.0.1]:{p}/x",
        "http://127.0.0.1]:{p}/x",
        "http://a[b]:{p}/",
    ],
}


@pytest.mark.parametrize(
    ("reason", "url"), [(reason, url) for reason, urls in ADDRESSES.items() for url in urls], ids=ascii
)
def test_a_refused_address_reaches_nobody_and_is_told_why(
    blog: BlogTools, served: Served, other: Served, reason: str, url: str
) -> None:
    ports = {"p": other.url.rpartition(":")[2], "own": served.url.rpartition(":")[2]}
    for name, port in ports.items():
        url = url.replace("{" + name + "}", port)
    with pytest.raises(RefusedUrl) as refused:
        blog.fetch_post(url)
    told = str(refused.value).replace(repr(url), "").lower()
    synonyms = {"international": ("international", "nfkc"), "port": ("port", "not an address")}
    assert any(word in told for word in synonyms.get(reason, (reason,))), told
    assert served.asked == [] and other.asked == []


@pytest.mark.parametrize(
    "path",
    [
        "/posts/..%2f..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/posts/%2e%2e%2f%2e%2e%2fprivate/diary/",
        "/..//127.0.0.1:{p}/x",
        "//127.0.0.1:{p}/x",
        "/%2f%2f127.0.0.1:{p}/x",
        "/%5c%5c127.0.0.1:{p}/x",
        "/@127.0.0.1:{p}/x",
        "/http://127.0.0.1:{p}/x",
        "/x%0d%0aHost:%20127.0.0.1:{p}",
        "/x%00/../y",
        "/x?next=http://127.0.0.1:{p}/",
        "/;@127.0.0.1:{p}/",
    ],
)
def test_a_tricky_path_stays_a_path_of_the_blog(blog: BlogTools, served: Served, other: Served, path: str) -> None:
    with pytest.raises(BlogError):
        blog.fetch_post(served.url + path.replace("{p}", other.url.rpartition(":")[2]))
    assert other.asked == []
    assert all(asked.startswith("/") and " " not in asked and "/../" not in asked for asked in served.asked)
    assert "/private/diary/" not in served.asked


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{p}/posts/kelly-bets/",
        "//127.0.0.1:{p}/",
        "///127.0.0.1:{p}/",
        "/\\127.0.0.1:{p}/",
        "\\\\127.0.0.1:{p}/",
        "http:\\\\127.0.0.1:{p}/",
        "http://127.0.0.1:{own}@127.0.0.1:{p}/",
        "http://127.0.0.1:{p}#@127.0.0.1:{own}/",
        "http://localhost:{p}/",
        "http://2130706433:{p}/",
        "https://127.0.0.1:{own}/posts/kelly-bets/",
        "gopher://127.0.0.1:{p}/",
        "http://[::ffff:127.0.0.1]:{p}/",
        "ht\ttp://127.0.0.1:{p}/",
    ],
)
def test_no_redirect_leads_away(served: Served, other: Served, status: int, location: str) -> None:
    for name, server in (("p", other), ("own", served)):
        location = location.replace("{" + name + "}", server.url.rpartition(":")[2])
    served.special[POST] = respond(status, Location=location)
    with pytest.raises(BlogError, match="kelly-bets|127.0.0.1"):
        Client(served.url).get(POST, ("text/html",))
    assert other.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        respond(200, b"<p>x</p>", Content_Type="text/html", Refresh="0; url=http://127.0.0.1:{p}/"),
        respond(200, b"<p>x</p>", Content_Type="text/html", Content_Location="http://127.0.0.1:{p}/"),
        respond(200, b"<p>x</p>", Content_Type="text/html", Location="http://127.0.0.1:{p}/"),
        respond(200, b"<p>x</p>", Content_Type="text/html", Alt_Svc='http/1.1="127.0.0.1:{p}"'),
        respond(305, Location="http://127.0.0.1:{p}/"),
        respond(300, Location="http://127.0.0.1:{p}/"),
        respond(401, WWW_Authenticate='Basic realm="x"'),
        respond(407, Proxy_Authenticate='Basic realm="x"'),
        respond(
            200, b'<base href="http://127.0.0.1:{p}/"><meta http-equiv=refresh content="0">', Content_Type="text/html"
        ),
    ],
)
def test_no_header_leads_away(blog: BlogTools, served: Served, other: Served, answer: Any) -> None:
    def with_port(handler: BaseHTTPRequestHandler) -> None:
        send = handler.send_header
        port = other.url.rpartition(":")[2]
        handler.send_header = lambda name, value: send(name, value.replace("{p}", port))  # type: ignore[method-assign]
        answer(handler)

    served.special[POST] = with_port
    page = blog.fetch_post(OLD.slug)
    assert page.source == "snapshot" and page.note.startswith("stored copy: ")
    assert other.asked == []


# Name servers


class Names:
    """A resolver that gives its answers in turn; the machine's network beyond loopback stays shut."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.answers, self.asked, self.connected = list(answers), 0, []
        real, connect = socket.getaddrinfo, socket.socket.connect

        def resolve(host: Any, port: Any, *more: Any, **named: Any) -> Any:
            if host != "blog.example":
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
            self.asked += 1
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answer]

        def record(sock: socket.socket, address: Any) -> None:
            self.connected.append(address[0])
            if address[0] != "127.0.0.1":
                raise OSError("unreachable in tests")
            connect(sock, address)

        assert real is not None
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket.socket, "connect", record)

    connected: list[str]


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 ::1 ::ffff:127.0.0.1 fe80::1 fc00::1"
    " 64:ff9b::7f00:1 2002:7f00:1:: 224.0.0.1 255.255.255.255 ::ffff:169.254.169.254".split(),
)
@pytest.mark.parametrize("among", [[], ["93.184.215.14"]], ids=["alone", "behind a public one"])
def test_a_public_name_with_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, other: Served, address: str, among: list[str]
) -> None:
    names = Names(monkeypatch, [*among, address])
    with pytest.raises(RefusedUrl, match="not a public address"):
        Client("http://blog.example:" + other.url.rpartition(":")[2]).get(POST, ("text/html",))
    assert names.connected == []


def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_asked(
    monkeypatch: pytest.MonkeyPatch, other: Served
) -> None:
    names = Names(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    with pytest.raises(BlogError):
        Client("http://blog.example:" + other.url.rpartition(":")[2]).get(POST, ("text/html",))
    # The first connection went where the first answer said; the next attempt resolved anew, was checked and refused.
    assert names.connected == ["93.184.215.14"] and names.asked == 2


# The environment, and what the blog would have kept and given back


def headers_of(served: Served, path: str = POST) -> list[dict[str, str]]:
    seen: list[dict[str, str]] = []

    def remember(handler: BaseHTTPRequestHandler) -> None:
        seen.append(dict(handler.headers))
        respond(200, b"<p>x</p>", Content_Type="text/html", Set_Cookie="track=1; Path=/")(handler)

    served.special[path] = remember
    return seen


def test_no_cookie_is_kept_and_no_password_is_sent(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    seen, client = headers_of(served), Client(served.url)
    for _ in range(2):
        client.get(POST, ("text/html",))
    assert len(seen) == 2
    assert all(not {"Cookie", "Authorization", "Referer"} & headers.keys() for headers in seen)


def test_a_proxy_of_the_environment_never_sees_this_machine(
    served: Served, other: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, other.url)
    assert Client(served.url).get(POST, ("text/html",)).source == "live"


def test_a_proxy_that_the_user_names_is_asked_for_the_blog(other: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({}) as proxy:
        proxy.special["http://blog.example/robots.txt"] = respond(404)
        proxy.special["http://blog.example" + POST] = respond(200, b"<p>by proxy</p>", Content_Type="text/html")
        proxy.special["http://blog.example/away/"] = respond(302, Location=other.url + "/x")
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        client = Client("http://blog.example")
        assert client.get(POST, ("text/html",)).content == b"<p>by proxy</p>"
        with pytest.raises(RefusedUrl, match="another host"):
            client.get("/away/", ("text/html",))


def test_a_proxy_that_is_down_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({}) as gone:
        pass
    monkeypatch.setenv("HTTP_PROXY", gone.url)
    monkeypatch.setenv("http_proxy", gone.url)
    with pytest.raises(SiteDown, match="check the address and the network"):
        Client("http://blog.example").get(POST, ("text/html",))
