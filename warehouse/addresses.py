"""Addresses as pages write them, which may be none: here that is an empty address, never an error."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

_NOWHERE = urlsplit("")


def resolved(base: str, href: str) -> str:
    """An address as seen from a page, or "" where it is none (such as "http://[x")."""
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return ""


def parts_of(url: str) -> SplitResult:
    """The parts of an address, all empty where it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return _NOWHERE


def slug_of(url: str) -> str:
    """The last path segment that names the post, without `index.html` or a suffix."""
    segments = [part for part in unquote(parts_of(url).path).split("/") if part and part != "index.html"]
    return re.sub(r"\.html?$", "", segments[-1]) if segments else ""


def same_page(href: str, url: str) -> bool:
    """Whether an address, resolved against a page's, is that page; under whatever host."""
    target = resolved(url, href)
    return bool(target) and _path(target) == _path(url)


def _path(url: str) -> str:
    return parts_of(url).path.removesuffix("index.html").removesuffix(".html").rstrip("/")
