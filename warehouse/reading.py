"""A page of the site as a post: the same for a sync and for a reader who wants it as it is now."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from warehouse.addresses import parts_of
from warehouse.code_languages import lacks_language, with_languages
from warehouse.errors import SiteError
from warehouse.parse import parse_post
from warehouse.records import Page, Post
from warehouse.site import Site


def page_hash(page: Page) -> str:
    """By which a page is known again: SHA-256 of its bytes."""
    return hashlib.sha256(page.content).hexdigest()


def read_post(page: Page, hosts: frozenset[str], site: Site) -> Post:
    """The post on a page of the site; the languages of its code come from its source where the page lacks them.

    Raises ParseError when there is none.
    """
    post = replace(parse_post(page, hosts), page_hash=page_hash(page))
    source = parts_of(post.source_url)
    if not lacks_language(post) or source.hostname not in hosts:
        return post
    try:
        text = site.source(source.path, post.source_url, revalidate=False).content.decode("utf-8", "replace")
    except SiteError:
        return post  # the code is there; only its language is not known
    return with_languages(post, text)
