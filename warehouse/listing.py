"""What a site's sitemap and feeds list: XML of strangers, read without entities, network or deep trees."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree, html

from warehouse.errors import ParseError

_NOT_A_PAGE = re.compile(r"\.(?!html?$)[A-Za-z0-9]{1,5}$")

Shape = tuple[str, ...]


def listed_urls(xml: bytes, where: str) -> tuple[list[str], list[str]]:
    """(pages, further listings) of a sitemap, sitemap index, RSS or Atom document, in its order.

    https://www.sitemaps.org/protocol.html, RSS 2.0, RFC 4287. Raises ParseError when it is none of these.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"{where} is not XML: {error.msg}") from error
    if root is None:
        raise ParseError(f"{where} is not XML")
    kind = etree.QName(root).localname
    if kind == "sitemapindex":
        return [], [text for entry in _named(root, "sitemap") for text in _texts(entry, "loc")]
    if kind == "urlset":
        return [text for entry in _named(root, "url") for text in _texts(entry, "loc")], []
    if kind in ("rss", "RDF"):
        return [text for item in root.iter("{*}item") for text in _texts(item, "link")[:1]], []
    if kind == "feed":
        links = [link for entry in _named(root, "entry") for link in _named(entry, "link")]
        return [str(k.get("href")) for k in links if k.get("href") and k.get("rel", "alternate") == "alternate"], []
    raise ParseError(f"{where} is neither a sitemap nor a feed but <{kind}>")


def linked_urls(page: bytes, url: str) -> list[str]:
    """The addresses an HTML page at `url` links to, made absolute; none for a page that is none."""
    try:
        root = html.document_fromstring(page)
    except (etree.ParserError, ValueError):  # empty, or of an encoding that does not exist
        return []
    found = []
    for link in root.iter("a"):
        try:
            found.append(urljoin(url, str(link.get("href", ""))))
        except ValueError:
            continue  # an address that is none
    return found


def _named(parent: etree._Element, name: str) -> list[etree._Element]:
    """The children of that name in the parent's own namespace: an image's `loc` inside a `url` is no page."""
    own = etree.QName(parent).namespace
    tags = (tag for tag in parent if isinstance(tag.tag, str))
    return [tag for tag in tags if etree.QName(tag).localname == name and etree.QName(tag).namespace == own]


def _texts(root: etree._Element, name: str) -> list[str]:
    return [tag.text.strip() for tag in _named(root, name) if tag.text and tag.text.strip()]


def host_and_path(url: str) -> tuple[str, str]:
    """(host, path) of an address, ("", "") for one that is none."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.path
    except ValueError:  # such as http://[x
        return "", ""


def main_host(urls: Iterable[str]) -> str:
    """The host most of the addresses name, "" when there is none."""
    hosts = Counter(host for host, _ in map(host_and_path, urls) if host)
    return hosts.most_common(1)[0][0] if hosts else ""


def shape(path: str) -> Shape:
    """A path with its changing parts blotted out: /2024/05/a-title/ and /2023/11/b-title/ have one shape."""
    segments = [part for part in unquote(path).split("/") if part and part != "index.html"]
    return tuple("#" if part.isdigit() else part for part in segments[:-1]) + (("*",) if segments else ())


def post_paths(listed: Iterable[str], announced: Iterable[str]) -> list[str]:
    """Paths of the sitemap's pages that are shaped like the feed's posts, the feed's own included, without repeats.

    Without a feed every listed page below the root is a candidate: the parser decides.
    """
    announced = list(announced)
    shapes = {shape(path) for path in announced}
    candidates = [path for path in listed if path.strip("/") and not _NOT_A_PAGE.search(path)]
    if shapes:
        candidates = [path for path in candidates if shape(path) in shapes] + announced
    return list(dict.fromkeys(path.removesuffix("index.html") for path in candidates))
