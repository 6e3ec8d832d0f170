"""One blog at one address: which posts it lists, and the pages of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from warehouse.client import Body, Client
from warehouse.errors import ParseError, SiteError
from warehouse.listing import Shape, host_and_path, linked_urls, listed_urls, main_host, post_paths, shape
from warehouse.page_cache import PageCache
from warehouse.parse import canonical_url, feed_urls
from warehouse.records import Page

_MAX_LISTINGS = 50
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_LISTING_TYPES = ("xml", "text/plain", "text/html")
_SOURCE_TYPES = ("text/", "application/octet-stream", "json")
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
    shapes: frozenset[Shape]
    """What the paths of posts look like; empty when every page may be one."""


class Site:
    """One blog at one address."""

    def __init__(self, base: str, cache: PageCache | None = None) -> None:
        """`base` is `scheme://host[:port][/path]`, as `settings.normal_site` gives it."""
        self.base = base
        self._root = urlsplit(base).path
        self._host = urlsplit(base).hostname or ""
        self._client = Client(base, cache)

    def stop(self) -> None:
        """Gives up what other threads are reading: their calls, and all later ones, soon raise SiteError."""
        self._client.stop()

    def page(self, path: str, public_url: str, *, revalidate: bool = True) -> Page:
        """The HTML page at a path of the site; with `revalidate` as it is now, else as a fresh cache has it.

        Raises SiteError when it cannot be had, RefusedUrl when robots.txt or a redirect forbids it.
        """
        return _page(public_url, self._client.get(path, _PAGE_TYPES, revalidate=revalidate))

    def source(self, path: str, public_url: str, *, revalidate: bool = True) -> Page:
        """The text a post was made from (reStructuredText or a notebook), at a path of the site.

        Raises SiteError when it cannot be had or is no text.
        """
        body = self._client.get(path, _SOURCE_TYPES, revalidate=revalidate)
        if b"\0" in body.content:
            raise SiteError(f"{body.url} is not text")
        return _page(public_url, body)

    def listing(self) -> Listing:
        """The posts named by the sitemap (recognised by the shape of the feed's entries), or else by the feeds.

        Raises SiteError when neither can be read.
        """
        home = self._client.get(self._root + "/", _PAGE_TYPES).content
        canonical = canonical_url(home)
        canonical_host, _ = host_and_path(canonical)
        listed, announced = self._sitemap_urls(), self._feed_entries(home)
        if not listed and not announced:
            raise SiteError(f"{self.base} has no sitemap and no feed that can be read; give the blog's root address")
        own = {self._host, canonical_host, main_host(listed or announced)} - {""}
        hosts = frozenset(own | {_SAME_BLOG[host] for host in own if host in _SAME_BLOG})
        public_site = "{0.scheme}://{0.netloc}".format(urlsplit(canonical)) if canonical_host else self.base
        if (canonical_host or self._host) in _SAME_BLOG:
            public_site = f"https://{_SAME_BLOG[canonical_host or self._host]}"
        announced_paths = _paths_on(hosts, announced)
        shapes = frozenset(map(shape, announced_paths))
        return Listing(post_paths(_paths_on(hosts, listed), announced_paths), public_site, hosts, shapes)

    def unlisted(self, listing: Listing, linked: Iterable[str]) -> list[str]:
        """Paths shaped like posts that the blog links but does not list: such as drafts.

        Looked for on the front page, in the folder all posts are in, and among the addresses in `linked`.
        """
        addresses = list(linked)
        for folder in dict.fromkeys([self._root, posixpath.commonpath(listing.paths)]):
            try:
                page = self._client.get(folder.rstrip("/") + "/", _PAGE_TYPES)
            except SiteError:
                continue  # not every folder has a page
            addresses += linked_urls(page.content, page.url)
        named = set(listing.paths)
        found = (path.removesuffix("index.html") for path in _paths_on(listing.hosts, addresses))
        return sorted({path for path in found if shape(path) in listing.shapes and path not in named})

    def _sitemap_urls(self) -> list[str]:
        pending = [self._root + name for name in ("/sitemap.xml", "/sitemap_index.xml")]
        seen: set[str] = set()
        found: list[str] = []
        while pending and len(seen) < _MAX_LISTINGS:
            path = pending.pop(0)
            if path in seen:
                continue
            seen.add(path)
            try:
                pages, further = listed_urls(self._client.get(path, _LISTING_TYPES).content, path)
            except (SiteError, ParseError):
                continue  # one listing of several: what the others name still counts
            found += pages
            pending += [path for _, path in map(host_and_path, further) if path]
        return found

    def _feed_entries(self, home: bytes) -> list[str]:
        conventional = [self._root + name for name in ("/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed/")]
        announced = []
        for href in feed_urls(home):
            try:
                announced.append(urlsplit(urljoin(self.base + "/", href)).path)
            except ValueError:
                continue  # an address that is none
        for path in dict.fromkeys(announced + conventional):
            try:
                pages, _ = listed_urls(self._client.get(path, _LISTING_TYPES).content, path)
            except (SiteError, ParseError):
                continue  # not every conventional place exists
            if pages:
                return pages
        return []


def _page(public_url: str, body: Body) -> Page:
    charset = re.search(r"charset=[\"']?([\w.:-]+)", body.content_type, re.I)
    return Page(public_url, body.content, body.fetched_at, charset[1] if charset else "", body.source)


def _paths_on(hosts: frozenset[str], urls: Iterable[str]) -> list[str]:
    return [path for host, path in map(host_and_path, urls) if host in hosts]
