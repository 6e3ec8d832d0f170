"""GET on one configured host and port, politely, within limits, and nothing else: the only importer of requests."""

from __future__ import annotations

import os
import posixpath
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Literal
from urllib.parse import quote, unquote, urljoin, urlsplit

import requests
from protego import Protego
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from warehouse import connection
from warehouse.connection import GUARDED_POOLS, TIMED_POOLS, Exchange, PatientRetry, exchanging, is_own_network
from warehouse.errors import RefusedUrl, SiteDown, SiteError
from warehouse.page_cache import CachedBody, PageCache, fresh_until

USER_AGENT = "bounded-rationality/0.1 (question answering over one blog)"
PARALLEL = 4
"""Connections to the site at once."""
_TIMEOUT = (3.05, 10.0)  # connect, each read; seconds
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
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        # requests itself heeds REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, which come before this.
        self._session.verify = os.environ.get(ssl.get_default_verify_paths().openssl_cafile_env) or True
        retry = PatientRetry(
            total=2,
            backoff_factor=0.3,
            status_forcelist=(429, 502, 503, 504),
            allowed_methods=("GET",),
            redirect=False,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _GuardedAdapter(max_retries=retry, pool_maxsize=2 * PARALLEL))
        # A proxy of the environment is the user's way out to the network, never the way to this machine.
        self._proxies = {"no_proxy": self._parts.hostname or ""} if is_own_network(self._parts.hostname or "") else None
        self._robots: Protego | None = None
        self._robots_until = 0.0
        self._robots_lock = threading.Lock()
        self._next_turn = 0.0
        self._running: set[Exchange] = set()
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
        with exchanging() as exchange:
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

    def _follow(self, url: str, types: tuple[str, ...], revalidate: bool, exchange: Exchange, *, obey: bool) -> Body:
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

    def _ask(self, url: str, types: tuple[str, ...], known: CachedBody | None, exchange: Exchange) -> Body | str:
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
                if response.status_code == 304 and usable and headers:
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
        except (OSError, HTTPError) as error:
            if exchange.is_over:
                raise SiteDown(f"{url} took longer than {connection.DEADLINE:.0f} s; try again later") from error
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

    def _obey_robots(self, url: str, exchange: Exchange) -> None:
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

    def _read_robots(self, exchange: Exchange) -> Protego:
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


def _body(response: requests.Response, url: str, types: tuple[str, ...], exchange: Exchange) -> bytes:
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
            break
    if exchange.is_over:  # also when the socket closed by the deadline looks like the end of the page
        raise SiteDown(f"{url} took longer than {connection.DEADLINE:.0f} s; try again later")
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


class _GuardedAdapter(HTTPAdapter):
    """requests over guarded connections. A proxy resolves names itself, so there the guard is the proxy's."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = GUARDED_POOLS

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **named)
        if not proxy.lower().startswith("socks"):  # those bring connections of their own
            manager.pool_classes_by_scheme = TIMED_POOLS
        return manager
