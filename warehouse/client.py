"""GET on one configured host and port, politely, within limits, and nothing else: the only importer of requests."""

from __future__ import annotations

import ipaddress
import posixpath
import socket
import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import quote, unquote, urljoin, urlsplit

import requests
from protego import Protego
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError
from urllib3.util.connection import create_connection
from urllib3.util.retry import Retry

if TYPE_CHECKING:
    from types import TracebackType

    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

from warehouse.errors import RefusedUrl, SiteDown, SiteError
from warehouse.page_cache import CachedBody, PageCache, fresh_until

USER_AGENT = "bounded-rationality/0.1 (question answering over one blog)"
PARALLEL = 4
"""Connections to the site at once."""
_TIMEOUT = (3.05, 10.0)  # connect, each read; seconds
_DEADLINE = 20.0
_MAX_BYTES = 10_000_000
_MAX_REDIRECTS = 3
_ROBOTS_SECONDS = 3600
_MAX_DELAY = 10.0
"""Seconds of a robots.txt Crawl-delay that are obeyed at most."""


@dataclass(frozen=True, slots=True)
class Body:
    """What the site has at an address."""

    url: str
    """Where it was found, after redirects."""
    content: bytes
    content_type: str
    source: Literal["live", "cache"]
    """"live": the site gave or confirmed it just now; "cache": it said earlier that it need not be asked yet."""
    fetched_at: datetime


class Missing(SiteError):
    """The site says that there is nothing to be had at an address (4xx)."""


class Client:
    """Reads one blog at one address."""

    def __init__(self, base: str, cache: PageCache | None = None) -> None:
        """`base` is `scheme://host[:port][/path]`, as `settings.normal_site` gives it."""
        self.base = base
        self._parts = urlsplit(base)
        self._cache = cache
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"})
        self._session.auth = _no_credentials
        retry = _Patient(
            total=2,
            backoff_factor=0.3,
            status_forcelist=(429, 502, 503, 504),
            allowed_methods=("GET",),
            redirect=False,
            raise_on_status=False,
            retry_after_max=5,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _GuardedAdapter(max_retries=retry, pool_maxsize=2 * PARALLEL))
        # A proxy of the environment is the user's way out to the network, never the way to this machine.
        self._proxies = {"no_proxy": self._parts.hostname or ""} if _is_trusted(self._parts.hostname or "") else None
        self._robots: Protego | None = None
        self._robots_until = 0.0
        self._robots_lock = threading.Lock()
        self._next_turn = 0.0
        self._running: set[_Exchange] = set()
        self._stopped = False

    def stop(self) -> None:
        """Gives up what other threads are reading: their calls, and all later ones, soon raise SiteDown."""
        self._stopped = True
        for exchange in list(self._running):
            exchange.end()

    def get(self, path: str, types: tuple[str, ...], *, revalidate: bool = True) -> Body:
        """The body at a path, redirects followed only within the site and what robots.txt allows.

        `types` are parts of the content types that will do. With `revalidate` the site is asked in any case, else a
        cached body is taken while it is fresh. Raises SiteError when it cannot be had, RefusedUrl when robots.txt or a
        redirect forbids it.
        """
        with _exchange() as exchange:
            self._running.add(exchange)
            try:
                if self._stopped:
                    raise SiteDown(f"{self.base} is not being read any more")
                return self._follow(self.address(path), types, revalidate, exchange, obey=True)
            finally:
                self._running.discard(exchange)

    def address(self, path: str) -> str:
        """The one spelling of a path's address: dot segments and doubled slashes resolved before anything judges it."""
        clean = "/" + quote(unquote(path), safe="/~!$&'()*+,;=:@-._").lstrip("/")
        return urljoin(
            f"{self._parts.scheme}://{self._parts.netloc}/", posixpath.normpath(clean) + "/" * clean.endswith("/")
        )

    def _follow(self, url: str, types: tuple[str, ...], revalidate: bool, exchange: _Exchange, *, obey: bool) -> Body:
        asked = url
        for _ in range(_MAX_REDIRECTS + 1):
            if obey:
                self._obey_robots(url, exchange)
            known = self._cache.get(url) if self._cache else None
            if known and known.is_fresh and not revalidate and _is_wanted(known.content_type, types):
                return _from_cache(url, known, "cache")
            found = self._ask(url, types, known, exchange)
            if isinstance(found, Body):
                return found
            url = found
        raise SiteError(f"{asked} redirects more than {_MAX_REDIRECTS} times")

    def _ask(self, url: str, types: tuple[str, ...], known: CachedBody | None, exchange: _Exchange) -> Body | str:
        """The body at exactly this address, or the address it redirects to."""
        usable = known if known and _is_wanted(known.content_type, types) else None
        headers = usable.validators if usable else {}
        try:
            with self._session.get(
                url, headers=headers, timeout=_TIMEOUT, stream=True, allow_redirects=False, proxies=self._proxies
            ) as response:
                if response.is_redirect:
                    return self._next_hop(url, response.headers.get("Location", ""))
                now = time.time()
                until = fresh_until(response.headers.get("Cache-Control", ""), now)
                if response.status_code == 304 and usable:
                    if self._cache:
                        self._cache.confirm(url, now, until)
                    return _from_cache(url, usable, "live", now)
                content = _body(response, url, types, exchange)
                body = CachedBody(
                    content,
                    response.headers.get("Content-Type", ""),
                    response.headers.get("ETag", "").strip(),
                    response.headers.get("Last-Modified", "").strip(),
                    now,
                    until,
                )
                if self._cache and "no-store" not in response.headers.get("Cache-Control", "").lower():
                    self._cache.put(url, body)
                return _from_cache(url, body, "live")
        except (requests.RequestException, HTTPError) as error:
            if exchange.is_over:
                raise SiteDown(f"{url} took longer than {_DEADLINE:.0f} s; try again later") from error
            raise SiteDown(f"{url} cannot be read ({_reason(error)}); check the address and the network") from error
        except ValueError as error:  # requests parses Location, even where it is not to be followed
            raise SiteError(f"{url} redirects to what is no address") from error

    def _next_hop(self, url: str, location: str) -> str:
        try:
            target = urlsplit(urljoin(url, location))
        except ValueError as error:
            raise SiteError(f"{url} redirects to {location!r}, which is no address") from error
        if (target.scheme, target.netloc) != (self._parts.scheme, self._parts.netloc):
            raise RefusedUrl(
                f"{url} redirects to another host ({target.netloc or location}), which is never followed; "
                "give that address as the site if it is the blog's"
            )
        return self.address(target.path) + (f"?{target.query}" if target.query else "")

    def _obey_robots(self, url: str, exchange: _Exchange) -> None:
        with self._robots_lock:
            if self._robots is None or time.monotonic() > self._robots_until:
                self._robots = self._read_robots(exchange)
                self._robots_until = time.monotonic() + _ROBOTS_SECONDS
            robots = self._robots
            delay = min(robots.crawl_delay(USER_AGENT) or 0.0, _MAX_DELAY)
            turn = max(self._next_turn, time.monotonic())
            self._next_turn = turn + delay
        if not robots.can_fetch(url, USER_AGENT):
            raise RefusedUrl(f"{self.base}/robots.txt does not allow reading {url}")
        if (wait := turn - time.monotonic()) > 0:
            exchange.extend(wait)
            time.sleep(wait)

    def _read_robots(self, exchange: _Exchange) -> Protego:
        """RFC 9309, 2.3.1: no file means no rules, a file that cannot be had forbids everything."""
        try:
            body = self._follow(self.address("/robots.txt"), ("text/",), True, exchange, obey=False)
        except Missing:
            return Protego.parse("")
        return Protego.parse(body.content.decode("utf-8", "replace"))


def _from_cache(url: str, body: CachedBody, source: Literal["live", "cache"], now: float | None = None) -> Body:
    fetched_at = datetime.fromtimestamp(now or body.fetched_at, UTC)
    return Body(url, body.content, body.content_type, source, fetched_at)


def _is_wanted(content_type: str, types: tuple[str, ...]) -> bool:
    return any(wanted in content_type.lower() for wanted in types)


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Given as `auth`: without one, requests would send what ~/.netrc holds for the host."""
    return request


def _body(response: requests.Response, url: str, types: tuple[str, ...], exchange: _Exchange) -> bytes:
    status, reason = response.status_code, response.reason
    if status >= 500 or status == 429:
        raise SiteDown(f"{url} answered {status} {reason}; try again later")
    if status >= 400:
        raise Missing(f"{url} answered {status} {reason}")
    if status != 200:
        raise SiteError(f"{url} answered {status} {reason}")
    kind = response.headers.get("Content-Type", "")
    if not _is_wanted(kind, types):
        raise SiteError(f"{url} is {kind.lower() or 'of no stated type'}, not {types[0]}")
    raw = response.raw.stream(65_536, decode_content=False)
    body = bytearray()
    for chunk in _unpacked(raw, response.headers.get("Content-Encoding", "").lower().strip(), url):
        body += chunk
        if len(body) > _MAX_BYTES:
            raise SiteError(f"{url} is larger than {_MAX_BYTES // 1_000_000} MB")
        if exchange.is_over:
            raise SiteDown(f"{url} took longer than {_DEADLINE:.0f} s; try again later")
    return bytes(body)


def _unpacked(chunks: Iterable[bytes], encoding: str, url: str) -> Iterator[bytes]:
    """The content in small pieces, so that a small archive cannot unfold past the limit unseen.

    urllib3's own decoding takes an archive that ends too early for a whole one.
    """
    if encoding in ("", "identity"):
        yield from chunks
        return
    if encoding not in ("gzip", "x-gzip"):
        raise SiteError(f"{url} is encoded as {encoding}, which was not asked for")
    unpack = zlib.decompressobj(wbits=31)
    for packed in chunks:
        while packed:
            if unpack.eof:  # several members in a row are one file (RFC 1952, 2.2)
                unpack = zlib.decompressobj(wbits=31)
            try:
                yield unpack.decompress(packed, 65_536)
            except zlib.error as error:
                raise SiteError(f"{url} cannot be read: decompressing it failed ({error})") from error
            packed = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
    if not unpack.eof:
        raise SiteError(f"{url} was cut short: its compressed body ends too early")


def _reason(error: BaseException) -> str:
    cause = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    return str(cause).partition("] ")[2] or str(cause) or type(error).__name__


# Time. requests limits the wait for each byte, not for all of them: the deadline closes the socket under what waits.


class _Exchange:
    """One call of `get`, redirects and retries included."""

    def __init__(self) -> None:
        self._until = time.monotonic() + _DEADLINE
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._until

    def extend(self, seconds: float) -> None:
        """Waiting for one's turn is no fault of the site."""
        self._until += seconds

    def end(self) -> None:
        """The deadline is now."""
        self._until = time.monotonic()
        self._cut()

    def uses(self, connected: socket.socket | None) -> None:
        with self._lock:
            self._socket = connected

    def watch(self) -> threading.Timer:
        timer = threading.Timer(max(0.0, self._until - time.monotonic()), self._cut)
        timer.daemon = True
        timer.start()
        return timer

    def _cut(self) -> None:
        if not self.is_over:  # extended meanwhile
            self.watch()
            return
        with self._lock:
            if self._socket is not None:
                try:
                    self._socket.shutdown(socket.SHUT_RDWR)
                except OSError:
                    return  # closed already


_current: ContextVar[_Exchange | None] = ContextVar("_current", default=None)


@contextmanager
def _exchange() -> Iterator[_Exchange]:
    exchange = _Exchange()
    token, timer = _current.set(exchange), exchange.watch()
    try:
        yield exchange
    finally:
        timer.cancel()
        exchange.uses(None)
        _current.reset(token)


class _Patient(Retry):
    """Retries while the deadline is not over."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        exchange = _current.get()
        if exchange is not None and exchange.is_over and _pool is not None:
            raise MaxRetryError(_pool, url or "", error)
        return super().increment(method, url, response, error, _pool, _stacktrace)


# Addresses. A name is resolved once for each connection, which then goes to the very addresses that were checked.

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in an IPv6 one


def _is_trusted(host: str) -> bool:
    """Whether the user named an address of this machine or network outright."""
    try:
        return host == "localhost" or not _is_public(ipaddress.ip_address(host))
    except ValueError:
        return False


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address leads to the internet, also by the IPv4 address inside it."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None and not _is_public(inner):
            return False
    return address.is_global and not address.is_multicast


def _checked_addresses(host: str, port: int) -> list[str]:
    """The addresses of a host, all of them fit to be asked.

    Raises RefusedUrl when one is not: a public name that leads to this machine or a private network.
    """
    found = [str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        allowed = address.is_loopback if host == "localhost" else _is_public(address) or _is_trusted(host)
        if not allowed:
            raise RefusedUrl(
                f"{host} resolves to {address}, which is not a public address; nothing was asked. "
                "If you mean that machine, give its address itself as the site"
            )
    return list(dict.fromkeys(found))


class _Guarded(HTTPConnection):
    """Connects to checked addresses only, and lets the deadline of the exchange close it."""

    def _new_conn(self) -> socket.socket:
        failure: OSError | None = None
        try:
            addresses = _checked_addresses(self._dns_host, self.port)
        except (socket.gaierror, UnicodeError) as error:
            raise NewConnectionError(self, f"its name cannot be resolved ({error})") from error
        for address in addresses:
            try:
                connected = create_connection(
                    (address, self.port),
                    self.timeout,
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as error:
                failure = error
                continue
            if exchange := _current.get():
                exchange.uses(connected)  # a handshake may stall as well
            return connected
        raise NewConnectionError(self, str(failure)) from failure

    def request(self, *arguments: Any, **named: Any) -> None:
        if self.sock is None:
            self.connect()
        if exchange := _current.get():
            exchange.uses(self.sock)
        super().request(*arguments, **named)


class _GuardedTls(_Guarded, HTTPSConnection):
    """The same with TLS; the certificate is checked against the name, whatever the address."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTls


class _GuardedAdapter(HTTPAdapter):
    """requests over guarded connections. A proxy resolves names itself, so there the guard is the proxy's."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
