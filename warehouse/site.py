"""The one network seam: GET on one configured blog, politely and within limits, and nothing else."""

from __future__ import annotations

import posixpath
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote, urljoin, urlsplit

import requests
from protego import Protego
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from warehouse.errors import ParseError, RefusedUrl, SiteDown, SiteError
from warehouse.listing import host_and_path, listed_urls, main_host, post_paths
from warehouse.parse import canonical_url, feed_urls
from warehouse.records import Page

USER_AGENT = "bounded-rationality/0.1 (question answering over one blog)"
_TIMEOUT = (3.05, 10.0)  # connect, each read; seconds
_DEADLINE = 30.0
_MAX_BYTES = 10_000_000
_MAX_REDIRECTS = 3
_MAX_LISTINGS = 50
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_LISTING_TYPES = ("xml", "text/plain", "text/html")
# The built-in blog answers under two names; everything else is known only by what its own pages say.
_SAME_BLOG = {"bjlkeng.github.io": "bjlkeng.io"}


@dataclass(frozen=True, slots=True)
class Listing:
    """The posts a site announces."""

    paths: list[str]
    public_site: str
    """The address people use, e.g. "https://bjlkeng.io"."""
    hosts: frozenset[str]
    """Every host that names this blog, the fetched one included."""


class Site:
    """One blog at one address."""

    def __init__(self, base: str) -> None:
        """`base` is `scheme://host[:port][/path]`, as `settings.normal_site` gives it."""
        self.base = base
        self._parts = urlsplit(base)
        self._session = requests.Session()
        self._session.headers["User-Agent"] = USER_AGENT
        retry = Retry(
            total=2,
            backoff_factor=0.3,
            status_forcelist=(429, 502, 503, 504),
            allowed_methods=("GET",),
            redirect=False,
            raise_on_status=False,
            retry_after_max=10,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=8))
        self._robots: Protego | None = None

    def page(self, path: str, public_url: str) -> Page:
        """The HTML page at a path of the site.

        Raises SiteError when it cannot be had, RefusedUrl when robots.txt or a redirect forbids it.
        """
        return Page(public_url, self._get(path, _PAGE_TYPES), datetime.now(UTC))

    def listing(self) -> Listing:
        """The posts named by the sitemap (recognised by the shape of the feed's entries), or else by the feeds.

        Raises SiteError when neither can be read.
        """
        home = self._get(self._parts.path + "/", _PAGE_TYPES)
        canonical = canonical_url(home)
        canonical_host, _ = host_and_path(canonical)
        listed, announced = self._sitemap_urls(), self._feed_entries(home)
        if not listed and not announced:
            raise SiteError(f"{self.base} has no sitemap and no feed that can be read; give the blog's root address")
        own = {self._parts.hostname or "", canonical_host, main_host(listed or announced)} - {""}
        hosts = frozenset(own | {_SAME_BLOG[host] for host in own if host in _SAME_BLOG})
        public_site = "{0.scheme}://{0.netloc}".format(urlsplit(canonical)) if canonical_host else self.base
        if (canonical_host or self._parts.hostname) in _SAME_BLOG:
            public_site = f"https://{_SAME_BLOG[canonical_host or self._parts.hostname or '']}"

        def paths(urls: list[str]) -> list[str]:
            return [path for host, path in map(host_and_path, urls) if host in hosts]

        return Listing(post_paths(paths(listed), paths(announced)), public_site, hosts)

    def _sitemap_urls(self) -> list[str]:
        pending = [self._parts.path + name for name in ("/sitemap.xml", "/sitemap_index.xml")]
        seen: set[str] = set()
        found: list[str] = []
        while pending and len(seen) < _MAX_LISTINGS:
            path = pending.pop(0)
            if path in seen:
                continue
            seen.add(path)
            try:
                pages, further = listed_urls(self._get(path, _LISTING_TYPES), path)
            except (SiteError, ParseError):
                continue  # one listing of several: what the others name still counts
            found += pages
            pending += [path for _, path in map(host_and_path, further) if path]
        return found

    def _feed_entries(self, home: bytes) -> list[str]:
        conventional = [self._parts.path + name for name in ("/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")]
        announced = []
        for href in feed_urls(home):
            try:
                announced.append(urlsplit(urljoin(self.base + "/", href)).path)
            except ValueError:
                continue  # an address that is none
        for path in announced + conventional:
            try:
                pages, _ = listed_urls(self._get(path, _LISTING_TYPES), path)
            except (SiteError, ParseError):
                continue  # not every conventional place exists
            if pages:
                return pages
        return []

    def _obey_robots(self, url: str) -> None:
        if self._robots is None:
            try:
                text = self._get("/robots.txt", ("text/",), obey=False).decode("utf-8", "replace")
            except _Missing:
                text = ""  # RFC 9309, 2.3.1.3: no file, no rules
            self._robots = Protego.parse(text)
        if not self._robots.can_fetch(url, USER_AGENT):
            raise RefusedUrl(f"{self.base}/robots.txt does not allow reading {url}")

    def _url(self, path: str) -> str:
        """The one spelling of a path's address: dot segments and doubled slashes resolved before anything judges it."""
        clean = "/" + quote(unquote(path), safe="/~!$&'()*+,;=:@-._").lstrip("/")
        return urljoin(
            f"{self._parts.scheme}://{self._parts.netloc}/", posixpath.normpath(clean) + "/" * clean.endswith("/")
        )

    def _get(self, path: str, types: tuple[str, ...], *, obey: bool = True) -> bytes:
        """The body at a path, redirects followed only within the site and what robots.txt allows."""
        url, deadline = self._url(path), time.monotonic() + _DEADLINE
        for _ in range(_MAX_REDIRECTS + 1):
            if obey:
                self._obey_robots(url)
            try:
                with self._session.get(url, timeout=_TIMEOUT, stream=True, allow_redirects=False) as response:
                    if response.is_redirect:
                        url = self._next_hop(url, response.headers.get("Location", ""))
                        continue
                    return self._body(response, url, types, deadline)
            except requests.RequestException as error:
                why = _reason(error)
                raise SiteDown(f"{url} cannot be read ({why}); check the address and the network") from error
            except ValueError as error:  # requests parses Location, even where it is not to be followed
                raise SiteError(f"{url} redirects to what is no address") from error
        raise SiteError(f"{path} redirects more than {_MAX_REDIRECTS} times")

    def _next_hop(self, url: str, location: str) -> str:
        try:
            target = urlsplit(urljoin(url, location))
        except ValueError as error:
            raise SiteError(f"{url} redirects to {location!r}, which is no address") from error
        if (target.scheme, target.netloc) != (self._parts.scheme, self._parts.netloc):
            raise RefusedUrl(f"{url} redirects to another host ({target.netloc or location}), which is never followed")
        return self._url(target.path) + (f"?{target.query}" if target.query else "")

    def _body(self, response: requests.Response, url: str, types: tuple[str, ...], deadline: float) -> bytes:
        if response.status_code == 404:
            raise _Missing(f"{url} does not exist (404)")
        if response.status_code >= 500:
            raise SiteDown(f"{url} answered {response.status_code} {response.reason}; try again later")
        if response.status_code != 200:
            raise SiteError(f"{url} answered {response.status_code} {response.reason}")
        kind = response.headers.get("Content-Type", "").lower()
        if not any(wanted in kind for wanted in types):
            raise SiteError(f"{url} is {kind or 'of no stated type'}, not {types[0]}")
        body = bytearray()
        for chunk in response.iter_content(65_536):  # decoded, so that a small archive cannot unfold past the limit
            body += chunk
            if len(body) > _MAX_BYTES:
                raise SiteError(f"{url} is larger than {_MAX_BYTES // 1_000_000} MB")
            if time.monotonic() > deadline:
                raise SiteError(f"{url} took longer than {_DEADLINE:.0f} s")
        return bytes(body)


class _Missing(SiteError):
    """The site says there is no such page."""


def _reason(error: requests.RequestException) -> str:
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    return str(cause).partition("] ")[2] or str(cause) or type(error).__name__
