"""A page of the site as a post: the same for a sync and for a reader who wants it as it is now."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from warehouse.parse import parse_post
from warehouse.records import Page, Post


def page_hash(page: Page) -> str:
    """By which a page is known again: SHA-256 of its bytes."""
    return hashlib.sha256(page.content).hexdigest()


def read_post(page: Page, hosts: frozenset[str]) -> Post:
    """The post on a page. Raises ParseError when there is none."""
    return replace(parse_post(page, hosts), page_hash=page_hash(page))
